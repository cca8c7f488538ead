using MimicCxr.Daemon.Requests;

namespace MimicCxr.Daemon.Store;

/// <summary>Local files that are too large for one request, on their way into a bucket in parts.</summary>
internal sealed class S3LargeFiles(S3Connection connection, S3Puts puts)
{
    private const int BufferSize = 128 * 1024;
    private const int PartsAtATime = 4;

    /// <summary>Stores a file unless the same object is there; nobody sees anything of it before it is whole.</summary>
    public async Task PutAsync(string key, string path, long length, ObjectNote note, bool overwrite, CancellationToken cancellationToken)
    {
        // Before anything is sent; asked once more at the end.
        if (!overwrite && await puts.IsThereAsync(key, length, note, cancellationToken).ConfigureAwait(false))
        {
            return;
        }

        var parts = await S3Parts.BeginAsync(connection, puts, key, length, note, cancellationToken).ConfigureAwait(false);
        await using (parts.ConfigureAwait(false))
        {
            var count = (int)((length + IObjectParts.PartLength - 1) / IObjectParts.PartLength);
            await Parallel.ForEachAsync(
                Enumerable.Range(0, count),
                new ParallelOptions { MaxDegreeOfParallelism = PartsAtATime, CancellationToken = cancellationToken },
                async (number, token) =>
                {
                    var offset = (long)number * IObjectParts.PartLength;
                    await parts.PutPartAsync(number, () => Open(path, offset), Math.Min(IObjectParts.PartLength, length - offset), RequestPriority.Ahead, token).ConfigureAwait(false);
                }).ConfigureAwait(false);
            await parts.CompleteAsync(overwrite, cancellationToken).ConfigureAwait(false);
        }
    }

    private static FileStream Open(string path, long offset) =>
        new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, BufferSize) { Position = offset };
}
