using MimicCxr.Daemon.Cache;
using MimicCxr.Daemon.Origin;
using MimicCxr.Daemon.Store;
using MimicCxr.Daemon.Tree;
using MimicCxr.Fs;

namespace MimicCxr.Daemon.Tests.Tree;

public sealed class ErrnoMappingTests
{
    /// <summary>Every value, so that a new one has to be thought about here.</summary>
    private static readonly Dictionary<OriginError, Errno> Origins = new()
    {
        [OriginError.NotSignedIn] = Errno.AccessDenied,
        [OriginError.AgreementNotSigned] = Errno.AccessDenied,
        [OriginError.AgentRefused] = Errno.AccessDenied,
        [OriginError.BucketRefused] = Errno.AccessDenied,
        [OriginError.NoBucket] = Errno.InputOutput,
        [OriginError.NotFound] = Errno.NoEntry,
        [OriginError.AnotherEdition] = Errno.InputOutput,
        [OriginError.Damaged] = Errno.InputOutput,
        [OriginError.TooManyRequests] = Errno.InputOutput,
        [OriginError.ServerFailed] = Errno.InputOutput,
        [OriginError.Unreachable] = Errno.InputOutput,
        [OriginError.CertificateRefused] = Errno.InputOutput,
        [OriginError.TimedOut] = Errno.InputOutput,
        [OriginError.BodyCutShort] = Errno.InputOutput,
        [OriginError.Changed] = Errno.InputOutput,
        [OriginError.BadAnswer] = Errno.InputOutput,
    };

    private static readonly Dictionary<CacheError, Errno> Caches = new()
    {
        [CacheError.Damaged] = Errno.InputOutput,
        [CacheError.Replaced] = Errno.InputOutput,
        [CacheError.NoRoom] = Errno.NoSpace,
        [CacheError.DiskFailed] = Errno.InputOutput,
    };

    [Fact]
    public void ToFsException_EveryOriginError_IsTheExpectedOne() =>
        Assert.Equal(Origins, Enum.GetValues<OriginError>().ToDictionary(error => error, error => Map(new OriginException(error, "why"))));

    [Fact]
    public void ToFsException_EveryCacheError_IsTheExpectedOne() =>
        Assert.Equal(Caches, Enum.GetValues<CacheError>().ToDictionary(error => error, error => Map(new CacheException(error, "why"))));

    [Fact]
    public void ToFsException_StoreErrorsAndSurprises_AreInputOutput()
    {
        Assert.All(Enum.GetValues<StoreError>(), error => Assert.Equal(Errno.InputOutput, Map(new StoreException(error, "why"))));
        Assert.Equal(Errno.InputOutput, Map(new InvalidOperationException("why")));
    }

    [Fact]
    public void ToFsException_KeepsMessageAndCause()
    {
        var cause = new CacheException(CacheError.Damaged, "why");

        var e = ErrnoMapping.ToFsException(cause);

        Assert.Equal("why", e.Message);
        Assert.Same(cause, e.InnerException);
    }

    private static Errno Map(Exception e) => ErrnoMapping.ToFsException(e).Errno;
}
