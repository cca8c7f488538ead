using System.Text;
using MimicCxr.Cli.Output;

namespace MimicCxr.Cli.Tests.Fakes;

/// <summary>Runs one command line in this process and keeps what it printed.</summary>
internal sealed class CliRun : IDisposable
{
    private readonly StringWriter _error = new() { NewLine = "\n" };
    private readonly Dictionary<string, string> _variables = [];
    private MemoryStream _output = new();

    /// <summary>The state directory of the run, removed at the end.</summary>
    public string State { get; } = Directory.CreateTempSubdirectory("mcli-").FullName;

    /// <summary>Replaces standard output.</summary>
    public Stream? OutputStream { get; init; }

    public string Input { get; init; } = "";

    /// <summary>What Ctrl-C would do.</summary>
    public CancellationTokenSource Interrupt { get; } = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);

    /// <summary>Standard output of the last command.</summary>
    public string Out => Encoding.UTF8.GetString(_output.ToArray());

    /// <summary>Standard error of all commands.</summary>
    public string Error => _error.ToString();

    public void Set(string variable, string value) => _variables[variable] = value;

    public async Task<ExitCode> RunAsync(params string[] arguments)
    {
        _output = new MemoryStream();
        using var terminal = new Terminal(OutputStream ?? _output, _error, outputIsTerminal: false, errorIsTerminal: false);
        var host = new CliHost
        {
            Terminal = terminal,
            Input = () => new StringReader(Input),
            Variable = name => name == "MIMIC_CXR_STATE" ? State : _variables.GetValueOrDefault(name),
        };
        return await CliApplication.RunAsync(arguments, host, Interrupt.Token);
    }

    public void Dispose()
    {
        Interrupt.Dispose();
        Directory.Delete(State, recursive: true);
    }
}
