using System.Diagnostics;
using MimicCxr.Fs.Fuse;
using MimicCxr.Fs.Tests.Support;

namespace MimicCxr.Fs.Tests.Mounts;

/// <summary>The way of ordinary users, through fusermount3: a daemon run as nobody.</summary>
public sealed class UnprivilegedTests : IAsyncLifetime
{
    public static readonly string[] AsNobody = ["--reuid=65534", "--regid=65534", "--clear-groups"];

    private readonly string _directory = Directory.CreateTempSubdirectory("mimic-fs-test-").FullName;

    public async ValueTask InitializeAsync()
    {
        Machine.NeedsRootAndFuse();
        Machine.Needs("fusermount3");
        await Run.OkAsync("chown", "65534:65534", _directory);

        // As udev makes it on ordinary machines; in containers it often is for root alone.
        await Run.OkAsync("chmod", "666", "/dev/fuse");
    }

    public ValueTask DisposeAsync()
    {
        Directory.Delete(_directory);
        return ValueTask.CompletedTask;
    }

    private Process StartHost(params string[] environment) => StartHost(ReadMode.PageCache, environment);

    private Process StartHost(ReadMode mode, params string[] environment) => Run.Start(
        "setpriv",
        [.. AsNobody, "env", "HOME=/tmp", .. environment, MountHost.Program, MountHost.Argument, _directory, mode.ToString()]);

    /// <summary>Reads the host's lines until it is ready, and the mode it then tells.</summary>
    private static async Task<string?> ReadyAsync(Process host)
    {
        Assert.Equal("ready", await host.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken));
        return await host.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken);
    }

    private static Task<string> AsNobodyAsync(params string[] command) => Run.OkAsync("setpriv", [.. AsNobody, .. command]);

    [Fact]
    public async Task MountAsync_AsNobody_WorksThroughFusermount()
    {
        using var daemon = StartHost();
        await ReadyAsync(daemon);
        Assert.Equal("hello\n", await AsNobodyAsync("cat", Path.Combine(_directory, "hello.txt")));
        Assert.Equal("65534 65534", (await AsNobodyAsync("stat", "-c", "%u %g", Path.Combine(_directory, "hello.txt"))).Trim());

        // Not even root may look without allow_other.
        Assert.NotEqual(0, (await Run.Async("cat", Path.Combine(_directory, "hello.txt"))).ExitCode);

        daemon.StandardInput.Close();
        Assert.Equal("done", await daemon.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken));
        await daemon.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, daemon.ExitCode);
        Assert.Null(MountTable.Find(_directory));
    }

    [Fact]
    public async Task MountAsync_PassthroughAsNobody_FallsBackAndSaysWhy()
    {
        using var daemon = StartHost(ReadMode.Passthrough);
        Assert.Equal("PageCache: passthrough was asked for, but passthrough needs CAP_SYS_ADMIN", await ReadyAsync(daemon));
        Assert.Equal("hello\n", await AsNobodyAsync("cat", Path.Combine(_directory, "hello.txt")));
        daemon.StandardInput.Close();
        Assert.Equal("done", await daemon.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task UnmountAsync_AsNobodyWithAFileOpen_IsLazy()
    {
        using var daemon = StartHost();
        await ReadyAsync(daemon);
        using var reader = Run.Start(
            "setpriv",
            [.. AsNobody, "sh", "-c", "exec 3< \"$1\"; echo open; read line; cat <&3", "sh", Path.Combine(_directory, "hello.txt")]);
        Assert.Equal("open", await reader.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken));
        daemon.StandardInput.Close();
        while (MountTable.Find(_directory) is not null)
        {
            await Task.Yield();
        }

        Assert.False(daemon.HasExited);
        await reader.StandardInput.WriteLineAsync();
        Assert.Equal("hello\n", (await Run.EndAsync(reader)).Output);
        Assert.Equal("done", await daemon.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task MountAsync_AsNobodyAfterTheDaemonWasKilled_ReplacesItsMount()
    {
        using (var first = StartHost())
        {
            await ReadyAsync(first);
            first.Kill();
            await first.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        Assert.NotNull(MountTable.Find(_directory));
        using var second = StartHost();
        await ReadyAsync(second);
        Assert.Equal("hello\n", await AsNobodyAsync("cat", Path.Combine(_directory, "hello.txt")));
        second.StandardInput.Close();
        Assert.Equal("done", await second.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task MountAsync_FusermountMissing_SaysWhatToInstall()
    {
        using var daemon = StartHost("PATH=/nonexistent");
        var line = await daemon.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken);
        Assert.StartsWith("FusermountMissing: ", line, StringComparison.Ordinal);
        Assert.Contains("apt-get install fuse3", line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task MountAsync_MountPointOfSomebodyElse_SaysWhatFusermountSaid()
    {
        await Run.OkAsync("chown", "0:0", _directory);
        await Run.OkAsync("chmod", "755", _directory);
        using var daemon = StartHost();
        var line = await daemon.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken);
        Assert.StartsWith("NoPermission: fusermount3 did not mount", line, StringComparison.Ordinal);
        Assert.Contains("no write access", line, StringComparison.Ordinal);
    }
}
