using MimicCxr.Daemon.Cache;
using MimicCxr.Daemon.Origin;
using MimicCxr.Daemon.Store;

namespace MimicCxr.Daemon.Prefetch;

/// <summary>What a failed file means for its job.</summary>
/// <param name="Kind">Why it failed.</param>
/// <param name="EndsJob">Whether every further file would fail alike until the user does something.</param>
/// <param name="Suspect">What may be away altogether: origin, store or room; null where it is this file alone.</param>
internal readonly record struct Verdict(FailureKind Kind, bool EndsJob = false, FailureKind? Suspect = null)
{
    /// <summary>Judges a failure.</summary>
    public static Verdict Of(Exception failure) => failure switch
    {
        OriginException origin => Of(origin.Error),
        StoreException store => Of(store.Error),
        CacheException { Error: CacheError.NoRoom or CacheError.DiskFailed } => new(FailureKind.NoRoom, Suspect: FailureKind.NoRoom),
        // Readers got damaged bytes of a fetch that has been put right since: to be tried again.
        CacheException { Error: CacheError.Replaced } => new(FailureKind.Damaged, Suspect: FailureKind.Origin),
        CacheException => new(FailureKind.Damaged),
        _ => new(FailureKind.Other),
    };

    private static Verdict Of(OriginError error) => error switch
    {
        OriginError.NotSignedIn => new(FailureKind.NotSignedIn, EndsJob: true),
        OriginError.AgreementNotSigned or OriginError.AgentRefused or OriginError.BucketRefused => new(FailureKind.NotPermitted, EndsJob: true),
        OriginError.CertificateRefused or OriginError.NoBucket or OriginError.AnotherEdition => new(FailureKind.Origin, EndsJob: true),
        OriginError.NotFound => new(FailureKind.NotFound),
        OriginError.Damaged => new(FailureKind.Damaged),
        _ => new(FailureKind.Origin, Suspect: FailureKind.Origin),
    };

    private static Verdict Of(StoreError error) => error switch
    {
        StoreError.NotPermitted => new(FailureKind.NotPermitted, EndsJob: true),
        StoreError.OutOfReach or StoreError.BadAnswer => new(FailureKind.Store, Suspect: FailureKind.Store),
        StoreError.Full => new(FailureKind.NoRoom, Suspect: FailureKind.NoRoom),
        // No bucket, and whatever else does not pass by itself.
        _ => new(FailureKind.Store, EndsJob: true),
    };
}
