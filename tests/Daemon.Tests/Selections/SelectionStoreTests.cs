using MimicCxr.Daemon.Catalog;
using MimicCxr.Daemon.Selections;
using MimicCxr.Daemon.Sqlite;
using MimicCxr.Daemon.Tables;
using MimicCxr.Daemon.Tests.Support;

namespace MimicCxr.Daemon.Tests.Selections;

public sealed class SelectionStoreTests : IAsyncLifetime
{
    private static readonly DataSetId DataSet = new("mimic-cxr-jpg", "2.1.0");
    private static readonly ImageQuery Test = new() { Splits = ["test"], Where = ["Edema=1|-1"], Share = 0.5, Seed = -3, Minus = [] };

    private readonly TemporaryFolder _folder = new();
    private readonly ManualTime _time = new();
    private ImageTable _images = null!;

    public async ValueTask InitializeAsync() => _images = await new RandomTables(seed: 21).ImportAsync();

    public ValueTask DisposeAsync()
    {
        _folder.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public void Create_ThenRestart_IsWhatItWas()
    {
        var created = Open().Create(DataSet, _images, "test.half-1", Test)!;

        var store = Open();
        var found = Assert.Single(store.All(DataSet));
        var expected = store.Run(DataSet, _images, Test);
        Assert.Equivalent(created, found, strict: true);
        Assert.Equivalent(found, store.Find(DataSet, "test.half-1"), strict: true);
        Assert.Equal(expected.Select(image => _images.Files[image]), store.Files(DataSet, _images.Catalog, "test.half-1")!);
        Assert.Equal((expected.Count, _time.GetUtcNow()), (found.Images, found.Created));
        Assert.Equal(
            (expected.Select(image => _images.Studies[image]).Distinct().Count(), expected.Select(image => _images.Subjects[image]).Distinct().Count()),
            (found.Studies, found.Patients));
    }

    [Fact]
    public void Create_NameThatThereIs_LeavesTheFirst()
    {
        var store = Open();
        var first = store.Create(DataSet, _images, "some", Test);

        Assert.Null(store.Create(DataSet, _images, "some", new ImageQuery()));
        Assert.NotNull(store.Create(new DataSetId("mimic-cxr", "2.1.0"), _images, "some", new ImageQuery()));
        Assert.Equivalent(first, Assert.Single(store.All(DataSet)), strict: true);
    }

    [Fact]
    public void Delete_ThenCreateAnew_HasAnotherId()
    {
        var store = Open();
        var first = store.Create(DataSet, _images, "some", Test)!;

        Assert.True(store.Delete(DataSet, "some"));
        Assert.False(store.Delete(DataSet, "some"));
        Assert.Null(store.Find(DataSet, "some"));
        Assert.Null(store.Files(DataSet, _images.Catalog, "some"));
        Assert.True(Open().Create(DataSet, _images, "some", Test)!.Id > first.Id);
    }

    [Fact]
    public void Create_Minus_PartsAreDisjointAndWholePatients()
    {
        var store = Open();
        store.Create(DataSet, _images, "train", new ImageQuery { Share = 0.7 });
        store.Create(DataSet, _images, "rest", new ImageQuery { Minus = ["train"] });

        var (train, rest) = (store.Files(DataSet, _images.Catalog, "train")!, store.Files(DataSet, _images.Catalog, "rest")!);
        Assert.Equal(_images.Files, train.Concat(rest).Order());
        var bySubject = _images.Files.Zip(_images.Subjects).ToDictionary(image => image.First, image => image.Second);
        Assert.Empty(train.Select(file => bySubject[file]).Intersect(rest.Select(file => bySubject[file])));

        // What was subtracted may go: the result stays.
        store.Delete(DataSet, "train");
        Assert.Equal(rest, store.Files(DataSet, _images.Catalog, "rest")!);
    }

    [Fact]
    public void Run_WithinASelectionAndOnePerStudy_ChoosesAmongWhatIsLeft()
    {
        var store = Open();
        var first = store.Run(DataSet, _images, new ImageQuery { OnePerStudy = true });
        store.Create(DataSet, _images, "first", new ImageQuery { OnePerStudy = true });

        Assert.Equal(first, store.Run(DataSet, _images, new ImageQuery(), store.Files(DataSet, _images.Catalog, "first")));
        Assert.Empty(store.Run(DataSet, _images, new ImageQuery { OnePerStudy = true, Minus = ["first"] }).Intersect(first));
        Assert.NotEmpty(store.Run(DataSet, _images, new ImageQuery { OnePerStudy = true, Minus = ["first"] }));
    }

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("-all")]
    [InlineData("a/b")]
    [InlineData("a b")]
    [InlineData("größe")]
    public void Create_NameThatIsNone_IsRefused(string name) =>
        Assert.Throws<ArgumentException>(() => Open().Create(DataSet, _images, name, Test));

    [Fact]
    public void Create_NothingFitsOrSubtractedOneIsUnknown_KeepsNothing()
    {
        var store = Open();

        Assert.Throws<ArgumentException>(() => store.Create(DataSet, _images, "none", new ImageQuery { FirstDate = "2999-01-01" }));
        Assert.Throws<ArgumentException>(() => store.Create(DataSet, _images, "none", new ImageQuery { Minus = ["unknown"] }));
        Assert.Throws<ArgumentException>(() => store.Create(DataSet, _images, new string('x', 101), Test));
        Assert.Empty(store.All(DataSet));
    }

    [Fact]
    public async Task Files_ListsHaveChanged_IsAnErrorNotOtherFiles()
    {
        var store = Open();
        store.Create(DataSet, _images, "some", Test);
        var others = await new RandomTables(seed: 22).ImportAsync();

        Assert.Throws<InvalidDataException>(() => store.Files(DataSet, others.Catalog, "some"));
        Assert.Throws<InvalidDataException>(() => store.Run(DataSet, others, new ImageQuery { Minus = ["some"] }));
    }

    private SelectionStore Open() => new(IndexDatabase.Open(_folder["index.db"], out _), _time);
}
