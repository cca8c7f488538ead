using System.CommandLine;
using MimicCxr.Cli.Daemon;
using MimicCxr.Cli.Output;

namespace MimicCxr.Cli.Commands;

/// <summary>A verb below <c>select</c> that is about one selection.</summary>
internal abstract class SelectionVerb : Verb
{
    private readonly Argument<string> _name = new("NAME") { Description = "The selection's name" };
    private readonly DataSetOption _dataSet = new();

    /// <summary>Creates the verb.</summary>
    protected SelectionVerb(CliHost host, string name, string description, params string[] examples)
        : base(host, name, description, examples)
    {
        Add(_name.RejectOptions());
        Add(_dataSet);
    }

    /// <inheritdoc/>
    protected sealed override async Task<ExitCode> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        using var connection = await DaemonConnection.OpenAsync(Host.StateDirectory(arguments), cancellationToken);
        await RunAsync(connection, _dataSet.Of(arguments), arguments.GetRequiredValue(_name), arguments, cancellationToken);
        return ExitCode.Done;
    }

    /// <summary>Does what the verb says.</summary>
    protected abstract Task RunAsync(DaemonConnection connection, string dataSet, string name, ParseResult arguments, CancellationToken cancellationToken);
}
