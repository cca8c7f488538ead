using MimicCxr.Daemon.Telemetry;
using Serilog;

namespace MimicCxr.Daemon.Tests.Telemetry;

public sealed class RedactingFormatterTests
{
    private const string ImageId = "02aa804e-bde0afdd-112c0b34-7bc16630-4e384014";

    [Theory]
    [InlineData("p10000032", "[id]")]
    [InlineData("s50414267", "[id]")]
    [InlineData(ImageId, "[id]")]
    [InlineData("files/p10/p10000032/s50414267/" + ImageId + ".jpg", "files/p10/[id]/[id]/[id].jpg")]
    [InlineData("Could not find file '/x/p19999999/s59999999.txt'.", "Could not find file '/x/[id]/[id].txt'.")]
    [InlineData("p10000032 at the beginning, at the end s50414267", "[id] at the beginning, at the end [id]")]
    [InlineData("P10000032/S50414267", "[id]/[id]")]
    [InlineData("02AA804E-BDE0AFDD-112C0B34-7BC16630-4E384014", "[id]")]
    [InlineData("xp10000032x", "x[id]x")]
    [InlineData("p10000032p10000033", "[id][id]")]
    [InlineData("files%2Fp10000032%2Fs50414267", "files%2F[id]%2F[id]")]
    [InlineData("\"p10000032\",\n\"s50414267\"", "\"[id]\",\n\"[id]\"")]
    [InlineData("02aa804e-bde0afdd", "[id]")]
    [InlineData("images/1_IM-0001-4001.dcm.png and 12_IM-0034.dcm.png", "images/[id].dcm.png and [id].dcm.png")]
    public void Redact_Identifiers_AreReplaced(string text, string expected) => Assert.Equal(expected, RedactingFormatter.Redact(text));

    [Theory]
    [InlineData("")]
    [InlineData("files/p10 took 12345678 ms")]
    [InlineData("/files/mimic-cxr-jpg/2.1.0/SHA256SUMS.txt (404)")]
    [InlineData("p1000003 s5041426 p20000000 s40000000")]
    [InlineData("9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")]
    [InlineData("2026-11-21T10:00:00.000+00:00")]
    [InlineData("5e2f2b9c-0b1e-4a8e-9d59-7d1c2c0f9f6e")]
    public void Redact_AnythingElse_Stays(string text) => Assert.Equal(text, RedactingFormatter.Redact(text));

    [Fact]
    public void Format_MessagePropertiesAndExceptions_HoldNoIdentifier()
    {
        using var output = new StringWriter();
        using (var log = new LoggerConfiguration().MinimumLevel.Verbose().WriteTo.Sink(new WriterSink(output)).CreateLogger())
        {
            var cause = new IOException("Could not read /spool/p10000032/s50414267.txt", new InvalidOperationException(ImageId));
            log.ForContext("SourceContext", "p10000033").Verbose(cause, "Reading {Path} {@What}", "s50414268", new { Name = ImageId.ToUpperInvariant() });
        }

        var line = output.ToString();

        Assert.DoesNotMatch("(?i)p1[0-9]{7}|s5[0-9]{7}|[0-9a-f]{8}-[0-9a-f]{8}", line);
        Assert.Contains("Reading [id]", line, StringComparison.Ordinal);
        Assert.Contains("Could not read /spool/[id]/[id].txt", line, StringComparison.Ordinal);
        Assert.Contains(nameof(InvalidOperationException), line, StringComparison.Ordinal);
    }

    private sealed class WriterSink(TextWriter output) : Serilog.Core.ILogEventSink
    {
        private readonly RedactingFormatter _formatter = new();

        public void Emit(Serilog.Events.LogEvent logEvent) => _formatter.Format(logEvent, output);
    }
}
