using MimicCxr.Fs.Fuse;
using MimicCxr.Fs.Tests.Support;

namespace MimicCxr.Fs.Tests.Fuse;

public sealed class ReadModeChoiceTests
{
    private const long Gigabyte = 1_000_000_000;
    private static readonly NegotiatedProtocol Everything = new(45, true, true, true, true);

    private static ReadModeChoice Choose(
        ReadMode asked,
        long? workingSet = null,
        long? memory = 16 * Gigabyte,
        bool isPrivileged = true,
        IFileTree? tree = null) => ReadModeChoice.BeforeMount(
            new FuseMountOptions { ReadMode = asked, WorkingSetBytes = workingSet },
            tree ?? new SampleTree(),
            isPrivileged,
            memory);

    [Theory]
    [InlineData(ReadMode.PageCache)]
    [InlineData(ReadMode.Plain)]
    [InlineData(ReadMode.Passthrough)]
    public void BeforeMount_ModeNamed_IsThatWhateverTheWorkingSet(ReadMode mode) =>
        Assert.Equal(new ReadModeChoice(mode, "as asked for"), Choose(mode, workingSet: 100 * Gigabyte));

    [Theory]
    [InlineData(null, 16L, ReadMode.PageCache, "the size of the working set is not known")]
    [InlineData(1L, null, ReadMode.PageCache, "the available memory is not known")]
    [InlineData(12L, 16L, ReadMode.PageCache, "a working set of 12.0 GB fits in 16.0 GB of available memory")]
    [InlineData(13L, 16L, ReadMode.Passthrough, "a working set of 13.0 GB does not fit in 16.0 GB of available memory")]
    public void BeforeMount_Auto_GoesByWorkingSetAndMemory(long? workingSet, long? memory, ReadMode expected, string reason) =>
        Assert.Equal(new ReadModeChoice(expected, reason), Choose(ReadMode.Auto, workingSet * Gigabyte, memory * Gigabyte));

    [Theory]
    [InlineData(ReadMode.Auto, "a working set of 100.0 GB does not fit in 16.0 GB of available memory, but passthrough needs CAP_SYS_ADMIN")]
    [InlineData(ReadMode.Passthrough, "passthrough was asked for, but passthrough needs CAP_SYS_ADMIN")]
    public void BeforeMount_PassthroughWithoutPrivilege_IsPageCache(ReadMode asked, string reason) =>
        Assert.Equal(new ReadModeChoice(ReadMode.PageCache, reason), Choose(asked, 100 * Gigabyte, isPrivileged: false));

    [Fact]
    public void BeforeMount_PassthroughOfATreeWithoutFiles_IsPageCache()
    {
        var choice = Choose(ReadMode.Passthrough, tree: new PlainTree(new SampleTree()));
        Assert.Equal((ReadMode.PageCache, "passthrough was asked for, but this tree has no files to pass through to"), (choice.Mode, choice.Reason));
    }

    [Fact]
    public void AfterHandshake_KernelAndPrivilegeAreThere_StaysAndLeavesNoBackingFile()
    {
        var registry = new RecordingRegistry();
        var choice = Choose(ReadMode.Passthrough);
        Assert.Equal(choice, choice.AfterHandshake(Everything, registry));
        Assert.Equal(1, registry.Opened);
        Assert.Empty(registry.Open);
    }

    [Fact]
    public void AfterHandshake_KernelRefusesABackingFile_IsPageCache()
    {
        var choice = Choose(ReadMode.Passthrough).AfterHandshake(Everything, new RecordingRegistry { Refuses = Errno.OperationNotPermitted });
        Assert.Equal((ReadMode.PageCache, "passthrough was meant, but the kernel refused a backing file (OperationNotPermitted)"), (choice.Mode, choice.Reason));
    }

    [Fact]
    public void AfterHandshake_KernelWithoutPassthrough_IsPageCache()
    {
        var choice = Choose(ReadMode.Passthrough).AfterHandshake(Everything with { Passthrough = false }, new RecordingRegistry());
        Assert.Equal((ReadMode.PageCache, "passthrough was meant, but this kernel has no passthrough (Linux 6.9 has)"), (choice.Mode, choice.Reason));
    }

    [Fact]
    public void AfterHandshake_KernelThatAlwaysAsks_IsPlain() =>
        Assert.Equal(ReadMode.Plain, Choose(ReadMode.PageCache).AfterHandshake(Everything with { NoOpen = false }, new RecordingRegistry()).Mode);
}
