using MimicCxr.Daemon.Cache;

namespace MimicCxr.Daemon.Verify;

/// <summary>How large files of a data set are, in all and in the store: as far as lengths are known, the rest estimated.</summary>
/// <param name="Files">Files.</param>
/// <param name="Bytes">Bytes of the files whose length is known.</param>
/// <param name="FilesOfUnknownSize">Files whose length nobody knows yet.</param>
/// <param name="EstimatedBytes">What those take if they are like the others of their kind; 0 where no length is known at all.</param>
/// <param name="StoredFiles">Files that the store has.</param>
/// <param name="StoredBytes">Their bytes.</param>
internal readonly record struct Census(long Files, long Bytes, long FilesOfUnknownSize, long EstimatedBytes, long StoredFiles, long StoredBytes)
{
    /// <summary>Counts.</summary>
    /// <param name="blobs">The data set; the average of a kind (images, tables: by the end of the name) is that of all its files.</param>
    /// <param name="files">Those that are asked for.</param>
    public static Census Take(DataSetBlobs blobs, IEnumerable<int> files)
    {
        var known = new Dictionary<string, (long Count, long Bytes)>();
        var (allCount, allBytes) = (0L, 0L);
        for (var file = 0; file < blobs.Catalog.FileCount; file++)
        {
            if (blobs.TryGetSize(file, out var size))
            {
                var kind = KindOf(blobs, file);
                var (count, bytes) = known.GetValueOrDefault(kind);
                known[kind] = (count + 1, bytes + size);
                (allCount, allBytes) = (allCount + 1, allBytes + size);
            }
        }

        var unknown = new Dictionary<string, long>();
        var census = default(Census);
        foreach (var file in files)
        {
            var isStored = blobs.StateOf(file) == BlobState.Stored;
            if (!blobs.TryGetSize(file, out var size))
            {
                var kind = KindOf(blobs, file);
                unknown[kind] = unknown.GetValueOrDefault(kind) + 1;
            }

            var bytes = Math.Max(0, size);
            census = census with
            {
                Files = census.Files + 1,
                Bytes = census.Bytes + bytes,
                StoredFiles = census.StoredFiles + (isStored ? 1 : 0),
                StoredBytes = census.StoredBytes + (isStored ? bytes : 0),
            };
        }

        return census with { FilesOfUnknownSize = unknown.Values.Sum(), EstimatedBytes = (long)unknown.Sum(some => some.Value * Average(some.Key)) };

        double Average(string kind) => known.TryGetValue(kind, out var alike) ? (double)alike.Bytes / alike.Count : allCount == 0 ? 0 : (double)allBytes / allCount;
    }

    private static string KindOf(DataSetBlobs blobs, int file)
    {
        var name = blobs.Catalog.Name(blobs.Catalog.NodeOf(file));
        return System.Text.Encoding.UTF8.GetString(name[Math.Max(0, name.LastIndexOf((byte)'.'))..]);
    }
}
