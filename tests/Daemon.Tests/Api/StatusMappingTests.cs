using Grpc.Core;
using MimicCxr.Daemon.Api;
using MimicCxr.Daemon.Cache;
using MimicCxr.Daemon.Origin;
using MimicCxr.Daemon.Store;
using MimicCxr.Fs;
using MimicCxr.Fs.Fuse;

namespace MimicCxr.Daemon.Tests.Api;

/// <summary>Every value of every error enum, so that a new one has to be thought about here.</summary>
public sealed class StatusMappingTests
{
    private static readonly Dictionary<OriginError, StatusCode> Origins = new()
    {
        [OriginError.NotSignedIn] = StatusCode.Unauthenticated,
        [OriginError.AgreementNotSigned] = StatusCode.PermissionDenied,
        [OriginError.AgentRefused] = StatusCode.PermissionDenied,
        [OriginError.BucketRefused] = StatusCode.PermissionDenied,
        [OriginError.NoBucket] = StatusCode.Unavailable,
        [OriginError.NotFound] = StatusCode.NotFound,
        [OriginError.AnotherEdition] = StatusCode.FailedPrecondition,
        [OriginError.Damaged] = StatusCode.DataLoss,
        [OriginError.TooManyRequests] = StatusCode.Unavailable,
        [OriginError.ServerFailed] = StatusCode.Unavailable,
        [OriginError.Unreachable] = StatusCode.Unavailable,
        [OriginError.CertificateRefused] = StatusCode.Unavailable,
        [OriginError.TimedOut] = StatusCode.Unavailable,
        [OriginError.BodyCutShort] = StatusCode.Unavailable,
        [OriginError.Changed] = StatusCode.Unavailable,
        [OriginError.BadAnswer] = StatusCode.Unavailable,
    };

    private static readonly Dictionary<CacheError, StatusCode> Caches = new()
    {
        [CacheError.Damaged] = StatusCode.DataLoss,
        [CacheError.Replaced] = StatusCode.DataLoss,
        [CacheError.NoRoom] = StatusCode.ResourceExhausted,
        [CacheError.DiskFailed] = StatusCode.Internal,
    };

    private static readonly Dictionary<StoreError, StatusCode> Stores = new()
    {
        [StoreError.OutOfReach] = StatusCode.Unavailable,
        [StoreError.NotPermitted] = StatusCode.PermissionDenied,
        [StoreError.NoBucket] = StatusCode.Unavailable,
        [StoreError.Full] = StatusCode.Unavailable,
        [StoreError.BadAnswer] = StatusCode.Unavailable,
    };

    [Fact]
    public void ToRpcException_EveryOriginError_IsTheExpectedOne() => AssertMaps(Origins, error => new OriginException(error, "why"));

    [Fact]
    public void ToRpcException_EveryCacheError_IsTheExpectedOne() => AssertMaps(Caches, error => new CacheException(error, "why"));

    [Fact]
    public void ToRpcException_EveryStoreError_IsTheExpectedOne() => AssertMaps(Stores, error => new StoreException(error, "why"));

    [Fact]
    public void ToRpcException_EveryMountError_IsAFailedPrecondition() => AssertMaps(
        Enum.GetValues<FuseMountError>().ToDictionary(error => error, _ => StatusCode.FailedPrecondition), error => new FuseMountException(error, "why"));

    [Fact]
    public void ToRpcException_WrongRequestAndWrongLists_AreTold()
    {
        Assert.Equal(StatusCode.InvalidArgument, Map(new ArgumentException("why")));
        Assert.Equal(StatusCode.FailedPrecondition, Map(new InvalidDataException("why")));
    }

    [Fact]
    public void ToRpcException_ErrorOfATree_IsThatOfItsCause()
    {
        Assert.Equal(StatusCode.Unauthenticated, Map(new FsException(Errno.AccessDenied, "not shown", new OriginException(OriginError.NotSignedIn, "why"))));
        Assert.Equal(StatusCode.NotFound, Map(new FsException(Errno.NoEntry, "why")));
        Assert.Equal(StatusCode.DataLoss, Map(new FsException(Errno.InputOutput, "why")));
    }

    [Fact]
    public void ToRpcException_NotExpected_IsLeftAlone()
    {
        Assert.Null(StatusMapping.ToRpcException(new InvalidOperationException("why")));
        Assert.Null(StatusMapping.ToRpcException(new OperationCanceledException()));
        Assert.Null(StatusMapping.ToRpcException(new RpcException(new Status(StatusCode.NotFound, "why"))));
    }

    private static void AssertMaps<TError>(Dictionary<TError, StatusCode> expected, Func<TError, Exception> exception)
        where TError : struct, Enum =>
        Assert.Equal(expected, Enum.GetValues<TError>().ToDictionary(error => error, error => Map(exception(error))));

    private static StatusCode Map(Exception e)
    {
        var mapped = StatusMapping.ToRpcException(e);
        Assert.NotNull(mapped);
        Assert.Equal("why", mapped.Status.Detail);
        return mapped.StatusCode;
    }
}
