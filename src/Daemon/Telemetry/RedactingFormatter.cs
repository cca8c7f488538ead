using System.Text.RegularExpressions;
using Serilog.Events;
using Serilog.Formatting;
using Serilog.Formatting.Display;

namespace MimicCxr.Daemon.Telemetry;

/// <summary>
/// Writes log lines without subject, study and image identifiers. Our own messages hold none; this is the door that
/// texts of the system and of libraries pass through too, such as a path in an exception.
/// </summary>
internal sealed partial class RedactingFormatter : ITextFormatter
{
    private readonly MessageTemplateTextFormatter _inner = new(
        "{Timestamp:yyyy-MM-ddTHH:mm:ss.fffzzz} {Level:u3} {SourceContext} {Message:lj}{NewLine}{Exception}");

    /// <inheritdoc/>
    public void Format(LogEvent logEvent, TextWriter output)
    {
        using var line = new StringWriter();
        _inner.Format(logEvent, line);
        output.Write(Redact(line.ToString()));
    }

    /// <summary>The text with every identifier replaced by a mark.</summary>
    public static string Redact(string text) => Identifier().Replace(text, "[id]");

    // p10000032 (subject), s50414267 (study), five groups of eight hexadecimal digits (image); 1_IM-0001-4001 (study and image of Indiana).
    [GeneratedRegex("""p1[0-9]{7}|s5[0-9]{7}|[0-9a-f]{8}(-[0-9a-f]{8})+|[0-9]+_IM-[0-9]+(-[0-9]+)*""", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Identifier();
}
