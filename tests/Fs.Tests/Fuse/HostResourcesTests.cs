using MimicCxr.Fs.Fuse;

namespace MimicCxr.Fs.Tests.Fuse;

/// <summary>Against files laid out as the kernel's.</summary>
public sealed class HostResourcesTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("mimic-fs-host-").FullName;

    private HostResources Host => new(Path.Combine(_directory, "proc"), Path.Combine(_directory, "cgroup"));

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private void Write(string path, string text)
    {
        var full = Path.Combine(_directory, path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        File.WriteAllText(full, text);
    }

    [Fact]
    public void AvailableMemory_NoGroup_IsTheMachines()
    {
        Write("proc/meminfo", "MemTotal:       24684084 kB\nMemAvailable:   22000000 kB\n");
        Assert.Equal(22_000_000L * 1024, Host.AvailableMemory());
    }

    [Theory]
    [InlineData("0::/a/b", "cgroup/a/b/memory.max")]
    [InlineData("0::/a/b", "cgroup/a/memory.max")]
    [InlineData("0::/a/b", "cgroup/memory.max")]
    [InlineData("0::/", "cgroup/memory.max")]
    [InlineData("4:memory:/a/b", "cgroup/memory/a/b/memory.limit_in_bytes")]
    [InlineData("4:cpu,memory:/of/the/host", "cgroup/memory/memory.limit_in_bytes")]
    public void AvailableMemory_GroupOrOneAboveHasALimit_IsTheLimit(string group, string file)
    {
        Write("proc/meminfo", "MemAvailable:   22000000 kB\n");
        Write("proc/self/cgroup", $"1:cpu:/\n{group}\n");
        Write("cgroup/a/b/memory.max", "max\n");
        Write(file, "1000000\n");
        Assert.Equal(1_000_000, Host.AvailableMemory());
    }

    [Fact]
    public void AvailableMemory_LimitAboveWhatIsThere_IsWhatIsThere()
    {
        Write("proc/meminfo", "MemAvailable:   1000 kB\n");
        Write("proc/self/cgroup", "4:memory:/a\n");
        Write("cgroup/memory/a/memory.limit_in_bytes", "9223372036854771712\n");
        Assert.Equal(1000 * 1024, Host.AvailableMemory());
    }

    [Fact]
    public void AvailableMemory_NothingToRead_IsUnknown() => Assert.Null(Host.AvailableMemory());

    [Fact]
    public void AvailableMemory_OfThisMachine_IsKnown() => Assert.True(new HostResources().AvailableMemory() > 0);

    [Theory]
    [InlineData("000001ffffffffff", true)]
    [InlineData("0000000000200000", true)]
    [InlineData("00000000a80425fb", false)]
    [InlineData("", false)]
    public void HasSysAdmin_ByTheEffectiveSet_IsItsBit(string capabilities, bool expected)
    {
        Write("proc/self/status", $"Name:\tx\nCapPrm:\t000001ffffffffff\nCapEff:\t{capabilities}\n");
        Assert.Equal(expected, Host.HasSysAdmin());
    }
}
