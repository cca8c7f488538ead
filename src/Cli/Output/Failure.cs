using Grpc.Core;

namespace MimicCxr.Cli.Output;

/// <summary>The one place that turns what went wrong into a line for people and an exit code for scripts.</summary>
internal static class Failure
{
    /// <summary>Says how the command ends after <paramref name="exception"/>.</summary>
    /// <param name="exception">What went wrong.</param>
    /// <param name="isInterrupted">Whether the user ended the command (Ctrl-C, SIGTERM).</param>
    /// <returns>The exit code, and the message if there is something to say.</returns>
    public static (ExitCode ExitCode, string? Message) Describe(Exception exception, bool isInterrupted) => exception switch
    {
        OutputClosedException => (ExitCode.Done, null),
        OperationCanceledException when isInterrupted => (ExitCode.Interrupted, null),
        RpcException { StatusCode: StatusCode.Cancelled } when isInterrupted => (ExitCode.Interrupted, null),
        CliException cli => (cli.ExitCode, cli.Message),
        RpcException rpc => (FromStatus(rpc.StatusCode), DescribeStatus(rpc.Status)),
        IOException or UnauthorizedAccessException => (ExitCode.Failed, OneLine(exception.Message)),
        _ => (ExitCode.Failed, $"unexpected {exception.GetType().Name}: {OneLine(exception.Message)}"),
    };

    /// <summary>The exit code of a call that ended with <paramref name="status"/>.</summary>
    public static ExitCode FromStatus(StatusCode status) => status switch
    {
        StatusCode.OK => ExitCode.Done,
        StatusCode.InvalidArgument => ExitCode.Usage,
        StatusCode.Unauthenticated => ExitCode.NotSignedIn,
        StatusCode.PermissionDenied => ExitCode.NoPermission,
        StatusCode.Unavailable => ExitCode.OutOfReach,
        _ => ExitCode.Failed,
    };

    private static string DescribeStatus(Status status) => status.Detail is { Length: > 0 } detail
        ? OneLine(detail)
        : $"the daemon answered {status.StatusCode}";

    private static string OneLine(string message) =>
        string.Join(' ', message.Split(['\r', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
}
