using System.Diagnostics;
using Google.Protobuf;
using MimicCxr.Cli.Tests.Fakes;

namespace MimicCxr.Cli.Tests;

/// <summary>What can only be seen from outside the process.</summary>
public sealed class ProcessTests : IDisposable
{
    private static readonly string Program = Path.Combine(AppContext.BaseDirectory, "mimic-cxr");
    private readonly string _folder = Directory.CreateTempSubdirectory("mcli-").FullName;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Cat_IntoHead_EndsQuietly()
    {
        var gateway = new FakeGateway { IsEndless = true, Chunks = { new() { Data = ByteString.CopyFromUtf8(new string('x', 64 * 1024)) } } };
        await using var host = await GatewayHost.StartAsync(gateway, _folder);

        var (exitCode, output, error) = await ShellAsync($"set -o pipefail; {Program} --state-dir {_folder} cat a | head -c 3");

        Assert.Equal((0, "xxx", ""), (exitCode, output, error));
    }

    [Fact]
    public async Task Cat_TwoCommandsIntoOneFile_AppendToEachOther()
    {
        var gateway = new FakeGateway { Chunks = { new() { Data = ByteString.CopyFromUtf8("bytes;") } } };
        await using var host = await GatewayHost.StartAsync(gateway, _folder);
        var cat = $"{Program} --state-dir {_folder} cat a";

        var (_, output, _) = await ShellAsync($"({cat}; {cat}) > {_folder}/file; cat {_folder}/file");

        Assert.Equal("bytes;bytes;", output);
    }

    [Fact]
    public async Task DaemonRun_Always_IsTheDaemonItself()
    {
        var daemon = new ScriptedDaemon(_folder, "echo ready; exit 4");

        var (exitCode, output, error) = await ShellAsync(
            $"MIMIC_CXR_DAEMON={daemon.Path} {Program} daemon run --state-dir {_folder} --shared & started=$!; wait $started; code=$?; "
            + $"test $started = $(cat {_folder}/pid) && exit $code");

        Assert.Equal((4, "ready\n", ""), (exitCode, output, error));
        Assert.Equal(["--state-dir", _folder, "--shared"], daemon.Read("arguments"));
    }

    [Fact]
    public async Task DaemonStart_InACommandSubstitution_Returns()
    {
        var daemon = new ScriptedDaemon(_folder, "exec sleep 60");
        var shell = ShellAsync($"words=$(MIMIC_CXR_DAEMON={daemon.Path} {Program} daemon start --state-dir {_folder} 2>&1 9>&1); echo \"$words\"");
        await using var host = await daemon.ServeAsync(new FakeGateway(), _folder, Cancelled);

        var (_, output, error) = await shell;

        var processId = daemon.Read("pid")[0];
        Assert.Equal(($"daemon started (process {processId}, state in {_folder})\n", ""), (output, error));
        await ShellAsync($"kill {processId}");
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static async Task<(int ExitCode, string Output, string Error)> ShellAsync(string script)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "needs a shell");
        using var shell = Process.Start(new ProcessStartInfo("bash", ["-c", script])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var output = shell.StandardOutput.ReadToEndAsync(Cancelled);
        var error = shell.StandardError.ReadToEndAsync(Cancelled);
        await shell.WaitForExitAsync(Cancelled);
        return (shell.ExitCode, await output, await error);
    }
}
