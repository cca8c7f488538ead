using MimicCxr.Daemon.Cache;
using MimicCxr.Daemon.Requests;
using MimicCxr.Daemon.Store;

namespace MimicCxr.Daemon.Verify;

/// <summary>
/// Judges single objects: by their length and the checksum that the store keeps beside them, or by reading them. An object
/// whose note says that the origin repeats its bytes against its own list is no damage.
/// </summary>
internal sealed class ObjectCheck(IObjectStore store, MismatchPolicy onMismatch, VerifyCounts counts)
{
    /// <summary>Judges the object of a file.</summary>
    /// <returns>Null when there is none.</returns>
    /// <exception cref="StoreException">The store does not tell.</exception>
    public async Task<ObjectVerdict?> JudgeAsync(DataSetBlobs blobs, int file, bool isDeep, CancellationToken cancellationToken)
    {
        var key = blobs.PathOf(file);
        if (await store.TryStatAsync(key, cancellationToken).ConfigureAwait(false) is not { } there)
        {
            return null;
        }

        var note = there.Note ?? new ObjectNote(null, false);
        if (!blobs.CanHaveLength(file, there.Length))
        {
            return new ObjectVerdict(FindingKind.Damaged, "the object has another length than the file", there.Length, IsChecked: true);
        }

        if (!isDeep)
        {
            return await CompareAsync(blobs, file, there.Sha256, note, there.Length).ConfigureAwait(false);
        }

        using var sink = new HashingSink();
        if (await store.TryFetchAsync(key, sink, RequestPriority.Bulk, cancellationToken).ConfigureAwait(false) is null)
        {
            return null;
        }

        Interlocked.Add(ref counts.BytesRead, sink.Length);
        return await CompareAsync(blobs, file, Convert.ToHexStringLower(sink.Finish()), note, sink.Length).ConfigureAwait(false);
    }

    private async Task<ObjectVerdict> CompareAsync(DataSetBlobs blobs, int file, string? sha256, ObjectNote note, long length)
    {
        var listed = blobs.Catalog.Sha256(file).ToArray();
        if (sha256 is null || (listed.Length == 0 && note.Sha256 is null))
        {
            return new ObjectVerdict(null, "", length, IsChecked: false);
        }

        if (note.Sha256 is { } kept && !Same(kept, sha256))
        {
            return new ObjectVerdict(FindingKind.Damaged, "the object has another SHA-256 than is kept beside it", length, IsChecked: true);
        }

        if (listed.Length == 0 || Same(sha256, Convert.ToHexStringLower(listed)))
        {
            return new ObjectVerdict(null, "", length, IsChecked: true);
        }

        var accepted = blobs.AcceptedSha256(file);
        if (!note.OriginDisagrees && (accepted is null || !Same(sha256, Convert.ToHexStringLower(accepted))))
        {
            return new ObjectVerdict(FindingKind.Damaged, "the object has another SHA-256 than the data set lists", length, IsChecked: true);
        }

        if (accepted is null && onMismatch == MismatchPolicy.AcceptRepeatable && sha256.Length == 64)
        {
            // The index was lost since the origin was asked twice.
            blobs.LearnSize(file, length);
            await blobs.AcceptAsync(file, Convert.FromHexString(sha256)).ConfigureAwait(false);
        }

        return new ObjectVerdict(FindingKind.OriginDisagrees, "the origin repeats these bytes although its own SHA256SUMS.txt has another checksum", length, IsChecked: true);
    }

    private static bool Same(string one, string other) => string.Equals(one, other, StringComparison.OrdinalIgnoreCase);
}
