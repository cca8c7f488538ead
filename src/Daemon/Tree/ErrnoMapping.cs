using MimicCxr.Daemon.Cache;
using MimicCxr.Daemon.Origin;
using MimicCxr.Fs;

namespace MimicCxr.Daemon.Tree;

/// <summary>The one map from errors to what a program that reads the mount sees.</summary>
internal static class ErrnoMapping
{
    /// <summary>The error for a reader. Cancellations stay what they are.</summary>
    public static FsException ToFsException(Exception e) => new(
        e switch
        {
            OriginException { Error: OriginError.NotSignedIn or OriginError.AgreementNotSigned or OriginError.AgentRefused or OriginError.BucketRefused } => Errno.AccessDenied,
            OriginException { Error: OriginError.NotFound } => Errno.NoEntry,
            CacheException { Error: CacheError.NoRoom } => Errno.NoSpace,
            _ => Errno.InputOutput,
        },
        e.Message,
        e);
}
