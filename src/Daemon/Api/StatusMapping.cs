using Grpc.Core;
using MimicCxr.Daemon.Archives;
using MimicCxr.Daemon.Cache;
using MimicCxr.Daemon.Origin;
using MimicCxr.Daemon.Store;
using MimicCxr.Fs;
using MimicCxr.Fs.Fuse;

namespace MimicCxr.Daemon.Api;

/// <summary>The one map from errors to gRPC codes.</summary>
internal static class StatusMapping
{
    /// <summary>The error for a client; null for one that is not expected, which becomes INTERNAL.</summary>
    public static RpcException? ToRpcException(Exception e) => e switch
    {
        OriginException origin => Error(origin.Error switch
        {
            OriginError.NotSignedIn => StatusCode.Unauthenticated,
            OriginError.AgreementNotSigned or OriginError.AgentRefused or OriginError.BucketRefused => StatusCode.PermissionDenied,
            OriginError.NotFound => StatusCode.NotFound,
            OriginError.AnotherEdition => StatusCode.FailedPrecondition,
            OriginError.Damaged => StatusCode.DataLoss,
            _ => StatusCode.Unavailable,
        }, e),
        CacheException cache => Error(cache.Error switch
        {
            CacheError.NoRoom => StatusCode.ResourceExhausted,
            CacheError.DiskFailed => StatusCode.Internal,
            _ => StatusCode.DataLoss,
        }, e),
        ArchiveException => Error(StatusCode.DataLoss, e),
        // What a tree tells the kernel by its number, the API tells by its cause.
        FsException { InnerException: { } cause } => ToRpcException(cause),
        FsException { Errno: Errno.NoEntry } => Error(StatusCode.NotFound, e),
        FsException => Error(StatusCode.DataLoss, e),
        StoreException store => Error(store.Error == StoreError.NotPermitted ? StatusCode.PermissionDenied : StatusCode.Unavailable, e),
        FuseMountException or InvalidDataException => Error(StatusCode.FailedPrecondition, e),
        ArgumentException => Error(StatusCode.InvalidArgument, e),
        _ => null,
    };

    private static RpcException Error(StatusCode code, Exception e) => new(new Status(code, e.Message));
}
