using MimicCxr.Cli.Daemon;
using MimicCxr.Cli.Output;

namespace MimicCxr.Cli.Tests.Daemon;

public sealed class DaemonProgramTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("mcli-").FullName;

    [Fact]
    public void Find_BesideTheProgram_WinsOverTheClone()
    {
        Touch("src/Daemon/bin/Release/net10.0/mimic-cxrd");
        var beside = Touch("src/Cli/bin/Release/net10.0/mimic-cxrd");

        Assert.Equal(beside, DaemonProgram.Find(Path.Combine(_root, "src/Cli/bin/Release/net10.0/"), _ => null));
    }

    [Fact]
    public void Find_InAClone_TakesTheSameConfiguration()
    {
        Touch("src/Daemon/bin/Debug/net10.0/mimic-cxrd");
        var release = Touch("src/Daemon/bin/Release/net10.0/mimic-cxrd");

        Assert.Equal(release, DaemonProgram.Find(Path.Combine(_root, "src/Cli/bin/Release/net10.0/"), _ => null));
    }

    [Fact]
    public void Find_Named_WinsOverAll()
    {
        Touch("bin/mimic-cxrd");
        var named = Touch("elsewhere/daemon");

        Assert.Equal(named, DaemonProgram.Find(Path.Combine(_root, "bin"), name => name == "MIMIC_CXR_DAEMON" ? named : null));
    }

    [Fact]
    public void Find_NamedButMissing_SaysSo()
    {
        Touch("bin/mimic-cxrd");

        var e = Assert.Throws<CliException>(() => DaemonProgram.Find(Path.Combine(_root, "bin"), _ => "/nowhere/mimic-cxrd"));

        Assert.Contains("/nowhere/mimic-cxrd", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Find_Nowhere_NamesThePlacesLookedAt()
    {
        var e = Assert.Throws<CliException>(() => DaemonProgram.Find(Path.Combine(_root, "src/Cli/bin/Release/net10.0"), _ => null));

        Assert.Equal(ExitCode.Failed, e.ExitCode);
        Assert.Contains($"{_root}/src/Cli/bin/Release/net10.0/mimic-cxrd", e.Message, StringComparison.Ordinal);
        Assert.Contains($"{_root}/src/Daemon/bin/Release/net10.0/mimic-cxrd", e.Message, StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);

    private string Touch(string path)
    {
        var full = Path.Combine(_root, path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        File.WriteAllText(full, "");
        return full;
    }
}
