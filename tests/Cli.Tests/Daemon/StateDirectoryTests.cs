using MimicCxr.Cli.Daemon;

namespace MimicCxr.Cli.Tests.Daemon;

public sealed class StateDirectoryTests
{
    [Theory]
    [InlineData("/opt/a", "/opt/b", "/opt/c", "/opt/a", true)]
    [InlineData(null, "/opt/b", "/opt/c", "/opt/b", true)]
    [InlineData("", "", "/opt/c", "/opt/c/mimic-cxr", false)]
    [InlineData(null, null, "relative", "/home/alice/.local/state/mimic-cxr", false)]
    [InlineData(null, null, null, "/home/alice/.local/state/mimic-cxr", false)]
    public void Resolve_Sources_TheFirstSetOneWins(string? option, string? variable, string? xdg, string expected, bool isChosen)
    {
        var state = StateDirectory.Resolve(option, name => name switch
        {
            "MIMIC_CXR_STATE" => variable,
            "XDG_STATE_HOME" => xdg,
            "HOME" => "/home/alice",
            _ => null,
        });

        Assert.Equal((expected, isChosen), (state.Path, state.IsChosen));
        Assert.Equal($"{expected}/daemon.sock", state.SocketPath);
    }

    [Fact]
    public void Resolve_RelativeOption_IsMadeAbsolute() =>
        Assert.Equal(Path.Combine(Environment.CurrentDirectory, "state"), StateDirectory.Resolve("state", _ => null).Path);

    [Fact]
    public void Create_Missing_IsForTheOwnerOnly()
    {
        var parent = Directory.CreateTempSubdirectory("mcli-");
        var state = StateDirectory.At(Path.Combine(parent.FullName, "a", "state"));

        state.Create();

        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(
                UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(state.Path));
        }

        Assert.True(Directory.Exists(state.Path));
        parent.Delete(recursive: true);
    }
}
