using System.Text;
using MimicCxr.Daemon.Tests.Support;
using MimicCxr.Daemon.Tree;
using MimicCxr.Fs;

namespace MimicCxr.Daemon.Tests.Tree;

/// <summary>A file whose first fetch was damaged after its beginning had been read.</summary>
public sealed class ReplacedBlobTests : TreeTest
{
    private const string Folder = "files/p10";
    private const string Name = "a.jpg";

    /// <summary>Large enough that bytes are handed out before the checksum is known.</summary>
    private static readonly byte[] Right = Bytes(400_000);

    private readonly RecordingKernel _kernel = new();

    public ReplacedBlobTests() => Origin.Add($"{Folder}/{Name}", Right);

    [Fact]
    public async Task Node_HeldSinceBefore_FailsForEver()
    {
        var tree = await NewTreeAsync();
        var old = await ReadDamagedBeginningAsync(tree);

        Assert.Equal(Errno.InputOutput, tree.TryRead(old.Node, 0, new byte[10]).Error);
        await Assert.ThrowsAsync<FsException>(() => tree.WaitReadableAsync(old.Node, 0, 10, TestContext.Current.CancellationToken).AsTask());
        await Assert.ThrowsAsync<FsException>(() => tree.GetSizeAsync(old.Node, true, TestContext.Current.CancellationToken).AsTask());
    }

    [Fact]
    public async Task Node_HeldSinceBefore_KeepsItsAttributes()
    {
        var tree = await NewTreeAsync();
        var old = await ReadDamagedBeginningAsync(tree);

        Assert.True(tree.TryGetAttributes(old.Node, out var now));

        Assert.Equal(old with { Size = Right.Length }, now);
    }

    [Fact]
    public async Task TryLookup_Afterwards_GivesAnotherNodeOfTheSameInodeWithTheRightBytes()
    {
        var tree = await NewTreeAsync();
        var old = await ReadDamagedBeginningAsync(tree);

        var now = Lookup(tree, $"{Folder}/{Name}");

        Assert.NotEqual(old.Node, now.Node);
        Assert.Equal(old with { Node = now.Node, Size = Right.Length }, now);
        Assert.Equal(Right, await ReadAsync(tree, now.Node, 0, Right.Length));
    }

    [Fact]
    public async Task Kernel_IsToldToForgetTheNameAndThePagesOfTheOldNode()
    {
        var tree = await NewTreeAsync();
        tree.Mounted(_kernel);
        var old = await ReadDamagedBeginningAsync(tree);

        Assert.Equal([(Lookup(tree, Folder).Node, Name)], _kernel.Names);
        Assert.Equal([old.Node], _kernel.Pages);
    }

    [Fact]
    public async Task OtherMount_OfTheSameDataSet_ForgetsToo()
    {
        var dataSet = await OpenAsync();
        var (tree, other) = (NewTree(dataSet), NewTree(dataSet));
        other.Mounted(_kernel);
        var held = Lookup(other, $"{Folder}/{Name}");

        await ReadDamagedBeginningAsync(tree);

        Assert.Equal([held.Node], _kernel.Pages);
        Assert.Equal(Errno.InputOutput, other.TryRead(held.Node, 0, new byte[10]).Error);
        Assert.Equal(Lookup(tree, $"{Folder}/{Name}"), Lookup(other, $"{Folder}/{Name}"));
    }

    [Fact]
    public async Task OtherFiles_KeepTheirNodes()
    {
        Origin.Add($"{Folder}/b.jpg", Bytes(10));
        var tree = await NewTreeAsync();
        var before = Lookup(tree, $"{Folder}/b.jpg");

        await ReadDamagedBeginningAsync(tree);

        Assert.Equal(before, Lookup(tree, $"{Folder}/b.jpg"));
        Assert.Equal(Bytes(10), await ReadAsync(tree, before.Node, 0, 10));
    }

    /// <summary>Reads the beginning of a first, damaged fetch, then waits until the second has taken its place.</summary>
    /// <returns>The file as it was looked up before.</returns>
    private async Task<NodeAttributes> ReadDamagedBeginningAsync(DataSetTree tree)
    {
        var beginningIsRead = new TaskCompletionSource();
        var path = $"{MemoryOrigin.DataSet}/{Folder}/{Name}";
        var wrong = Right.ToArray();
        wrong[0] ^= 1;
        Origin.Instead = (fetched, number) => fetched == path && number == 1 ? wrong : null;
        Origin.Halfway = fetched => fetched == path ? beginningIsRead.Task : Task.CompletedTask;
        var file = Lookup(tree, $"{Folder}/{Name}");
        Assert.Equal(wrong[..1000], await ReadAsync(tree, file.Node, 0, 1000));

        var rest = ReadAsync(tree, file.Node, Right.Length - 1000, 1000);
        beginningIsRead.SetResult();
        await Assert.ThrowsAsync<FsException>(() => rest);
        return file;
    }

    private sealed class RecordingKernel : IKernelCache
    {
        public List<NodeId> Pages { get; } = [];

        public List<(NodeId Directory, string Name)> Names { get; } = [];

        public void ForgetPages(NodeId node) => Pages.Add(node);

        public void ForgetName(NodeId directory, ReadOnlySpan<byte> name) => Names.Add((directory, Encoding.UTF8.GetString(name)));
    }
}
