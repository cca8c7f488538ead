using Microsoft.Extensions.Logging;
using MimicCxr.Daemon.Store;

namespace MimicCxr.Daemon.Cache;

/// <summary>
/// Which bytes are right: those with the listed checksum, and those that the origin repeats although its list denies them
/// (two complete fetches that agree), where the user accepts that. Two that differ are damage.
/// </summary>
internal sealed class Verdicts(string origin, MismatchPolicy onMismatch, ILogger logger)
{
    /// <summary>Whether bytes with this checksum are known to be right.</summary>
    public bool IsRight(Blob blob, byte[] sha256)
    {
        var listed = blob.Owner.Catalog.Sha256(blob.File);
        return listed.IsEmpty || listed.SequenceEqual(sha256)
            || (onMismatch == MismatchPolicy.AcceptRepeatable && sha256.AsSpan().SequenceEqual(blob.Owner.AcceptedSha256(blob.File)));
    }

    /// <summary>Whether the store's bytes are right: where no checksum is listed, the one that was noted when they were stored counts.</summary>
    public bool IsRight(Blob blob, byte[] sha256, ObjectNote note) => blob.Owner.Catalog.Sha256(blob.File).IsEmpty
        ? note.Sha256 is null || string.Equals(note.Sha256, Convert.ToHexStringLower(sha256), StringComparison.OrdinalIgnoreCase)
        : IsRight(blob, sha256);

    /// <summary>Whether the list denies bytes with this checksum.</summary>
    public static bool Disagrees(Blob blob, byte[] sha256) =>
        blob.Owner.Catalog.Sha256(blob.File) is { IsEmpty: false } listed && !listed.SequenceEqual(sha256);

    /// <summary>Whether whoever stored an object has seen the origin repeat these bytes; if so, they are right from now on.</summary>
    public async Task<bool> IsKnownDisagreementAsync(Blob blob, byte[] sha256, ObjectNote note)
    {
        var known = onMismatch == MismatchPolicy.AcceptRepeatable && note.OriginDisagrees
            && string.Equals(note.Sha256, Convert.ToHexStringLower(sha256), StringComparison.OrdinalIgnoreCase);
        if (known)
        {
            await blob.Owner.AcceptAsync(blob.File, sha256).ConfigureAwait(false);
        }

        return known;
    }

    /// <summary>The origin has repeated bytes that its list denies. Completes when the acceptance would survive a kill.</summary>
    /// <exception cref="CacheException">They are not to be accepted.</exception>
    public async Task AcceptRepeatedAsync(Blob blob, byte[] sha256)
    {
        if (onMismatch == MismatchPolicy.Error)
        {
            throw new CacheException(
                CacheError.Damaged,
                $"{origin} repeats bytes that its own SHA256SUMS.txt denies, and --on-mismatch is 'error'. With 'accept-repeatable' they are read, marked and counted.");
        }

        await blob.Owner.AcceptAsync(blob.File, sha256).ConfigureAwait(false);
        logger.LogWarning("The origin repeats bytes that its own checksum list denies: accepted and marked.");
    }

    /// <summary>The error of bytes that differ each time.</summary>
    public CacheException Damaged() => new(
        CacheError.Damaged, $"{origin} sent other bytes each time, none with the listed SHA-256. Try again later; if it stays, check the network.");
}
