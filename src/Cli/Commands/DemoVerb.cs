using System.CommandLine;
using MimicCxr.Cli.Demo;
using MimicCxr.Cli.Output;

namespace MimicCxr.Cli.Commands;

/// <summary><c>demo</c>: the whole way, over a synthetic data set.</summary>
internal sealed class DemoVerb : Verb
{
    private const string FuseDevice = "/dev/fuse";

    private readonly Argument<string?> _mountPoint = new("MOUNTPOINT")
    {
        Description = "An empty or missing directory (default: one among the demo's temporary files)",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly Option<bool> _exit = new("--exit") { Description = "Clean up and end after showing, instead of waiting for Ctrl-C" };

    /// <summary>Creates the verb.</summary>
    public DemoVerb(CliHost host)
        : base(
            host,
            "demo",
            "Mounts a synthetic data set from a stand-in for PhysioNet, and shows a first and a second read. Needs no account.",
            "mimic-cxr demo",
            "mimic-cxr demo ~/mimic-demo --exit")
    {
        Add(_mountPoint.RejectOptions());
        Add(_exit);
    }

    /// <inheritdoc/>
    protected override async Task<ExitCode> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        if (!File.Exists(FuseDevice))
        {
            throw new CliException(
                ExitCode.Failed,
                $"{FuseDevice} is missing, so nothing can be mounted; load the module (modprobe fuse), or give it to the container "
                + $"(--device {FuseDevice} --cap-add SYS_ADMIN)");
        }

        var mountPoint = arguments.GetValue(_mountPoint) is { } given ? Path.GetFullPath(given) : null;
        try
        {
            var place = await DemoPlace.CreateAsync(Host.StateDirectory(arguments), mountPoint, cancellationToken);
            await using var demo = new DemoSession(Host, place);
            await demo.SetUpAsync(cancellationToken);
            await demo.ShowAsync(cancellationToken);
            if (!arguments.GetValue(_exit))
            {
                await demo.LeaveMountedAsync(cancellationToken);
            }

            return ExitCode.Done;
        }
        catch (Exception e) when (e is not OutputClosedException && !cancellationToken.IsCancellationRequested)
        {
            // Codes such as "not signed in" speak of the user's account, which the demo never touches.
            throw new CliException(ExitCode.Failed, Failure.Describe(e, isInterrupted: false).Message ?? e.Message);
        }
    }
}
