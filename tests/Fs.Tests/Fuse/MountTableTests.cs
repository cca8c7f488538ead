using MimicCxr.Fs.Fuse;

namespace MimicCxr.Fs.Tests.Fuse;

public sealed class MountTableTests
{
    private const string Sample = """
        22 1 0:21 / / rw,relatime shared:1 - ext4 /dev/root rw
        36 22 0:33 / /mnt/with\040blank\134 ro,nosuid,nodev,noatime shared:7 master:2 - fuse.mimic-cxr mimic-cxr ro,user_id=0,group_id=0,default_permissions
        37 36 0:34 / /mnt/with\040blank\134 rw - tmpfs tmpfs rw
        a line that is none
        """;

    [Fact]
    public void Parse_EscapedAndOptionalFields_AreRead()
    {
        var entries = MountTable.Parse(Sample);
        Assert.Equal(3, entries.Count);
        Assert.Equal(
            new MountEntry(36, 22, "0:33", @"/mnt/with blank\", "fuse.mimic-cxr", "mimic-cxr", "ro,user_id=0,group_id=0,default_permissions"),
            entries[1]);
    }

    [Fact]
    public void Topmost_StackedMounts_IsTheOneThatCovers() =>
        Assert.Equal(37, MountTable.Topmost(MountTable.Parse(Sample), @"/mnt/with blank\")?.Id);

    [Fact]
    public void Topmost_NothingThere_IsNull() => Assert.Null(MountTable.Topmost(MountTable.Parse(Sample), "/mnt"));

    [Fact]
    public void Find_Root_IsThere() => Assert.NotNull(MountTable.Find("/"));

    [Fact]
    public void IsStale_LiveMount_IsFalse() => Assert.False(MountTable.IsStale("/"));
}
