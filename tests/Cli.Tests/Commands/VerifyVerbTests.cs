using System.Text.Json;
using MimicCxr.Cli.Output;
using MimicCxr.Cli.Tests.Fakes;
using MimicCxr.V1;

namespace MimicCxr.Cli.Tests.Commands;

public sealed class VerifyVerbTests
{
    private static readonly Finding Missing = new() { Kind = FindingKind.Missing, Path = "files/p10/a.jpg", Message = "not there" };
    private static readonly Finding Extra = new() { Kind = FindingKind.Extra, Path = "odd\u001b[31m.jpg", Message = "no file" };

    [Fact]
    public async Task Verify_NothingWrong_EndsWith0AndSaysWhatWasChecked()
    {
        var (exitCode, run) = await RunAsync([new VerifyReport { Ended = true, FilesTotal = 10, Right = 7, NotChecked = 1, NotStored = 2 }], "verify");
        using (run)
        {
            Assert.Equal(ExitCode.Done, exitCode);
            Assert.Equal("verified 10 files: 7 right, 1 not checked (no checksum beside them; --deep reads them), 2 not fetched yet\n", run.Out);
        }
    }

    [Fact]
    public async Task VerifyDeep_SomeNotChecked_IsNotToldToReadThemDeep()
    {
        var (_, run) = await RunAsync([new VerifyReport { Ended = true, FilesTotal = 10, Right = 9, NotChecked = 1 }], "verify", "--deep");
        using (run)
        {
            Assert.Equal("verified 10 files: 9 right, 1 not checked (no checksum is known of them)\n", run.Out);
        }
    }

    [Fact]
    public async Task Verify_SomethingMissing_EndsWith6AndNamesIt()
    {
        var (exitCode, run) = await RunAsync(
            [
                new VerifyReport { FilesTotal = 3 },
                new VerifyReport { FilesTotal = 3, Listed = 2 },
                new VerifyReport { FilesTotal = 3, FilesDone = 2, Findings = { Missing, Extra } },
                new VerifyReport { Ended = true, FilesTotal = 3, Right = 2, Missing = 1, Extra = 1 },
            ],
            "verify");
        using (run)
        {
            Assert.Equal(ExitCode.Damage, exitCode);
            Assert.Equal(
                "missing  files/p10/a.jpg  not there\nextra  odd?[31m.jpg  no file\nverified 3 files: 2 right, 1 missing, 1 extra\n", run.Out);
            Assert.Equal("verify: 2 objects listed\n", run.Error);
        }
    }

    [Theory]
    [InlineData(2, 2, 0)]
    [InlineData(2, 1, 6)]
    public async Task Verify_Repaired_EndsWith0OnceAllIs(int damaged, int repaired, int expected)
    {
        var (exitCode, run) = await RunAsync([new VerifyReport { Ended = true, Damaged = damaged, Repaired = repaired }], "verify", "--repair");
        using (run)
        {
            Assert.Equal(expected, (int)exitCode);
        }
    }

    [Fact]
    public async Task Verify_OriginsDisagreementsAlone_EndsWith0()
    {
        var (exitCode, run) = await RunAsync([new VerifyReport { Ended = true, OriginDisagreements = 40 }], "verify");
        using (run)
        {
            Assert.Equal(ExitCode.Done, exitCode);
        }
    }

    [Fact]
    public async Task VerifyJson_Findings_OneObjectALineAndTheSummaryLast()
    {
        var (exitCode, run) = await RunAsync(
            [new VerifyReport { Findings = { Missing } }, new VerifyReport { Ended = true, FilesTotal = 1, Missing = 1 }], "verify", "--json");
        using (run)
        {
            Assert.Equal(ExitCode.Damage, exitCode);
            var lines = run.Out.TrimEnd().Split('\n').Select(line => JsonDocument.Parse(line).RootElement).ToList();
            Assert.Equal(("missing", "files/p10/a.jpg"), (lines[0].GetProperty("kind").GetString(), lines[0].GetProperty("path").GetString()));
            Assert.Equal((false, 1), (lines[1].GetProperty("ok").GetBoolean(), lines[1].GetProperty("missing").GetInt32()));
            Assert.Equal(2, lines.Count);
        }
    }

    [Fact]
    public async Task Verify_EveryOption_IsSent()
    {
        using var run = new CliRun();
        var gateway = new FakeGateway { Reports = { new VerifyReport { Ended = true } } };
        await using var host = await GatewayHost.StartAsync(gateway, run.State);

        await run.RunAsync("verify", "/files/p10/", "**/*.jpg", "--deep", "--repair", "--dataset", "mimic-cxr/2.1.0");

        Assert.Equal(
            new VerifyRequest { Dataset = "mimic-cxr/2.1.0", Patterns = { "/files/p10/", "**/*.jpg" }, Deep = true, Repair = true }, gateway.LastRequest);
    }

    [Fact]
    public async Task Verify_StreamEndsWithoutAResult_Fails()
    {
        var (exitCode, run) = await RunAsync([new VerifyReport { FilesTotal = 3 }], "verify");
        using (run)
        {
            Assert.Equal(ExitCode.Failed, exitCode);
        }
    }

    private static async Task<(ExitCode ExitCode, CliRun Run)> RunAsync(VerifyReport[] reports, params string[] arguments)
    {
        var run = new CliRun();
        var gateway = new FakeGateway();
        gateway.Reports.AddRange(reports);
        await using var host = await GatewayHost.StartAsync(gateway, run.State);
        return (await run.RunAsync(arguments), run);
    }
}
