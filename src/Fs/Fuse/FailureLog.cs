using Microsoft.Extensions.Logging;
using MimicCxr.Fs.Fuse.Wire;

namespace MimicCxr.Fs.Fuse;

/// <summary>The one line that an exception of a tree leaves in the log.</summary>
internal static class FailureLog
{
    /// <summary>
    /// Type and place, without the message: that of an exception nobody expected may hold a path, and paths of
    /// this data set must not reach a log.
    /// </summary>
    public static void Unexpected(ILogger logger, FuseOpcode opcode, Exception exception) => logger.LogError(
        "{Opcode} failed with {Exception} and was answered EIO{NewLine}{StackTrace}",
        opcode,
        exception.GetType().FullName,
        Environment.NewLine,
        exception.StackTrace);
}
