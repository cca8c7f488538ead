using MimicCxr.Daemon.Hosting;
using MimicCxr.Daemon.Tests.Support;

namespace MimicCxr.Daemon.Tests.Hosting;

public sealed class StateDirectoryTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Lock_NoSuchFolder_MakesItForItsOwnerOnly()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "unix modes");
        using var held = new StateDirectory(_folder["some/where"]).Lock();

#pragma warning disable CA1416 // Skipped above where it is not supported.
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(_folder["some/where"]));
#pragma warning restore CA1416
    }

    [Fact]
    public void Lock_SecondDaemon_IsRefusedAndToldWhatToDo()
    {
        var state = new StateDirectory(_folder["state"]);
        using var held = state.Lock();

        var e = Assert.Throws<StartException>(state.Lock);

        Assert.Equal(ExitCode.Failed, e.ExitCode);
        Assert.Contains("already running", e.Message, StringComparison.Ordinal);
        Assert.Contains(state.Root, e.Message, StringComparison.Ordinal);
        Assert.Contains("--state-dir", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Lock_AfterTheFirstHasEnded_IsGiven()
    {
        var state = new StateDirectory(_folder["state"]);
        state.Lock().Dispose();

        using var held = state.Lock();

        Assert.True(held.CanWrite);
    }

    [Fact]
    public void Lock_OtherFolder_IsGiven()
    {
        using var one = new StateDirectory(_folder["one"]).Lock();
        using var other = new StateDirectory(_folder["other"]).Lock();

        Assert.NotEqual(one.Name, other.Name);
    }

    [Fact]
    public void Lock_BelowAFile_IsToldWhy()
    {
        File.WriteAllText(_folder["file"], "");

        var e = Assert.Throws<StartException>(new StateDirectory(_folder["file/state"]).Lock);

        Assert.Equal(ExitCode.Failed, e.ExitCode);
        Assert.Contains("cannot be made", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Lock_FolderTakesNoFile_DoesNotSpeakOfAnotherDaemon()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "procfs");

        var e = Assert.Throws<StartException>(new StateDirectory("/proc/self").Lock);

        Assert.Equal(ExitCode.Failed, e.ExitCode);
        Assert.DoesNotContain("already running", e.Message, StringComparison.Ordinal);
        Assert.Contains("/proc/self", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/var/state", "/var/state/mimic-cxr")]
    [InlineData("relative", null)]
    [InlineData("", null)]
    [InlineData(null, null)]
    public void Default_XdgStateHome_CountsWhenAbsolute(string? variable, string? expected)
    {
        var environment = new Dictionary<string, string>();
        if (variable is not null)
        {
            environment["XDG_STATE_HOME"] = variable;
        }

        Assert.Equal(
            expected ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".local/state/mimic-cxr"),
            StateDirectory.Default(environment));
    }
}
