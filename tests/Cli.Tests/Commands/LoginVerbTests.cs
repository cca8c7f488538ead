using System.Text.Json;
using MimicCxr.Cli.Output;
using MimicCxr.Cli.Tests.Fakes;

namespace MimicCxr.Cli.Tests.Commands;

public sealed class LoginVerbTests
{
    [Fact]
    public async Task Login_PasswordOnStandardInput_IsKeptForTheOwnerOnly()
    {
        using var run = new CliRun { Input = "pass \"word\" ü\nnot this\n" };

        var exitCode = await run.RunAsync("login", "--user", "alice", "--password-stdin");

        Assert.Equal((ExitCode.Done, ""), (exitCode, run.Error));
        Assert.DoesNotContain("word", run.Out, StringComparison.Ordinal);
        var file = Path.Combine(run.State, "credentials.json");
        var kept = JsonDocument.Parse(await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken)).RootElement;
        Assert.Equal("alice", kept.GetProperty("username").GetString());
        Assert.Equal("pass \"word\" ü", kept.GetProperty("password").GetString());
        Assert.Equal([file], Directory.GetFiles(run.State));
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        }
    }

    [Fact]
    public async Task Login_EmptyPassword_KeepsNothing()
    {
        using var run = new CliRun();

        Assert.Equal(ExitCode.Usage, await run.RunAsync("login", "--user", "alice", "--password-stdin"));
        Assert.Empty(Directory.GetFiles(run.State));
    }

    [Fact]
    public async Task Logout_AccountKept_ForgetsIt()
    {
        using var run = new CliRun { Input = "secret" };
        await run.RunAsync("login", "--user", "alice", "--password-stdin");

        Assert.Equal(ExitCode.Done, await run.RunAsync("logout"));
        Assert.Empty(Directory.GetFiles(run.State));
    }

    [Fact]
    public async Task Logout_NoneKept_IsDone()
    {
        using var run = new CliRun();

        Assert.Equal(ExitCode.Done, await run.RunAsync("logout"));
        Assert.Contains("no account", run.Error, StringComparison.Ordinal);
    }
}
