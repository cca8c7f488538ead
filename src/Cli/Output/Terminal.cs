using System.Text;
using Spectre.Console;

namespace MimicCxr.Cli.Output;

/// <summary>Where the command writes: results to standard output, everything else to standard error.</summary>
internal sealed class Terminal : IDisposable
{
    // Enough for any table of ours when nobody looks at columns.
    private const int UnlimitedWidth = 200;

    /// <summary>Creates it over given streams.</summary>
    /// <param name="output">Standard output.</param>
    /// <param name="error">Standard error.</param>
    /// <param name="outputIsTerminal">Whether a person watches standard output.</param>
    /// <param name="errorIsTerminal">Whether a person watches standard error.</param>
    public Terminal(Stream output, TextWriter error, bool outputIsTerminal, bool errorIsTerminal)
    {
        Output = output;
        Out = new StreamWriter(output, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false)) { NewLine = "\n" };
        Error = error;
        OutputIsTerminal = outputIsTerminal;
        ErrorIsTerminal = errorIsTerminal;
        OutConsole = CreateConsole(Out, outputIsTerminal);
        ErrorConsole = CreateConsole(error, errorIsTerminal);
    }

    /// <summary>Standard output for bytes. Flush <see cref="Out"/> before mixing both.</summary>
    public Stream Output { get; }

    /// <summary>Standard output for text; flushed when the command ends.</summary>
    public TextWriter Out { get; }

    /// <summary>Standard error: errors, notes, progress.</summary>
    public TextWriter Error { get; }

    /// <summary>Whether standard output is a terminal.</summary>
    public bool OutputIsTerminal { get; }

    /// <summary>Whether standard error is a terminal.</summary>
    public bool ErrorIsTerminal { get; }

    /// <summary>Draws tables on <see cref="Out"/>; without colours where that is no terminal.</summary>
    public IAnsiConsole OutConsole { get; }

    /// <summary>Draws progress on <see cref="Error"/>.</summary>
    public IAnsiConsole ErrorConsole { get; }

    /// <summary>The terminal of this process.</summary>
    public static Terminal OfProcess() =>
        new(StandardOutputStream.Open(), Console.Error, !Console.IsOutputRedirected, !Console.IsErrorRedirected);

    /// <summary>Writes one line to standard error, with the command's name before it.</summary>
    public void Note(string message) => Error.WriteLine($"mimic-cxr: {message}");

    /// <inheritdoc/>
    public void Dispose() => Output.Dispose();

    private static IAnsiConsole CreateConsole(TextWriter writer, bool isTerminal) =>
        AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = isTerminal ? AnsiSupport.Detect : AnsiSupport.No,
            ColorSystem = isTerminal ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
            Interactive = isTerminal ? InteractionSupport.Detect : InteractionSupport.No,
            Out = new WriterOutput(writer, isTerminal),
        });

    private sealed class WriterOutput(TextWriter writer, bool isTerminal) : IAnsiConsoleOutput
    {
        public TextWriter Writer => writer;

        public bool IsTerminal => isTerminal;

        // Asked only when something is drawn: the console's set-up of the terminal must not precede `daemon run`.
        public int Width => isTerminal && Console.WindowWidth is > 0 and var columns ? columns : UnlimitedWidth;

        public int Height => isTerminal && Console.WindowHeight is > 0 and var rows ? rows : int.MaxValue;

        public void SetEncoding(Encoding encoding)
        {
        }
    }
}
