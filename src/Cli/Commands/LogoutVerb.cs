using System.CommandLine;
using MimicCxr.Cli.Output;

namespace MimicCxr.Cli.Commands;

/// <summary><c>logout</c>: forgets the account that <c>login</c> kept.</summary>
internal sealed class LogoutVerb(CliHost host) : Verb(
    host,
    "logout",
    "Forgets the PhysioNet account that login kept. What was fetched stays.",
    "mimic-cxr logout")
{
    /// <inheritdoc/>
    protected override async Task<ExitCode> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var path = Host.StateDirectory(arguments).CredentialsPath;
        if (!File.Exists(path))
        {
            Terminal.Note($"no account is kept in {path}");
            return ExitCode.Done;
        }

        File.Delete(path);
        await Terminal.Out.WriteLineAsync($"removed {path}");
        return ExitCode.Done;
    }
}
