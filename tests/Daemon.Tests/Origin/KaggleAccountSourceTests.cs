using MimicCxr.Daemon.Origin;
using MimicCxr.Daemon.Origin.Kaggle;
using MimicCxr.Daemon.Tests.Support;

namespace MimicCxr.Daemon.Tests.Origin;

public sealed class KaggleAccountSourceTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Find_Nothing_IsNull() => Assert.Null(Find());

    [Fact]
    public void Find_Variables_BeforeFiles()
    {
        Write(".kaggle/kaggle.json", """{"username": "file", "key": "f"}""");

        Assert.Equal(new KaggleAccount("var", "v"), Find(("KAGGLE_USERNAME", "var"), ("KAGGLE_KEY", "v")));
        Assert.Equal(new KaggleAccount(null, "t"), Find(("KAGGLE_API_TOKEN", "t"), ("KAGGLE_USERNAME", "var"), ("KAGGLE_KEY", "v")));
        Assert.Equal(new KaggleAccount("file", "f"), Find(("KAGGLE_USERNAME", "var")));
    }

    [Theory]
    [InlineData(".kaggle/kaggle.json")]
    [InlineData(".config/kaggle/kaggle.json")]
    public void Find_FileInItsFolder_IsTaken(string place)
    {
        Write(place, """{"username": "bob", "key": "k"}""");

        Assert.Equal(new KaggleAccount("bob", "k"), Find());
    }

    [Fact]
    public void Find_ConfigDir_IsTheOnlyFolder()
    {
        Write(".kaggle/kaggle.json", """{"username": "home", "key": "h"}""");
        Write("elsewhere/access_token", "t\n");

        Assert.Equal(new KaggleAccount(null, "t"), Find(("KAGGLE_CONFIG_DIR", _folder["elsewhere"])));
        Assert.Null(Find(("KAGGLE_CONFIG_DIR", _folder["nowhere"])));
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("""{"username": "bob"}""")]
    [InlineData("""{"username": "bob", "key": 5}""")]
    public void Find_FileOfAnotherForm_NamesIt(string text)
    {
        Write(".kaggle/kaggle.json", text);

        var failure = Assert.Throws<OriginException>(() => Find());

        Assert.Equal(OriginError.NotSignedIn, failure.Error);
        Assert.Contains("kaggle.json", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Text_OfAnAccount_HasNoKey() => Assert.DoesNotContain("secret", new KaggleAccount("bob", "secret").ToString(), StringComparison.Ordinal);

    private KaggleAccount? Find(params (string Name, string Value)[] variables) =>
        new KaggleAccountSource(variables.Append(("HOME", _folder.Path)).ToDictionary(pair => pair.Item1, pair => pair.Item2)).Find();

    private void Write(string place, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_folder[place])!);
        File.WriteAllText(_folder[place], text);
    }
}
