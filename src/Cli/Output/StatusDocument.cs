using MimicCxr.V1;

namespace MimicCxr.Cli.Output;

/// <summary>What <c>status --json</c> prints. The names, in snake case, are part of the interface.</summary>
internal sealed record StatusDocument(
    string Version,
    int Pid,
    IReadOnlyList<StatusDocument.DataSet> Datasets,
    IReadOnlyList<StatusDocument.Mount> Mounts,
    StatusDocument.SpoolPart Spool,
    StatusDocument.StorePart Store,
    StatusDocument.OriginPart Origin,
    StatusDocument.ReadsPart Reads,
    IReadOnlyList<JobDocument> Jobs,
    long MemoryBytes,
    long GcLongestPauseUs,
    long UptimeS)
{
    /// <summary>Takes over what the daemon answered.</summary>
    public static StatusDocument From(Status status) => new(
        status.Version,
        status.Pid,
        [.. status.Datasets.Select(d => new DataSet(d.Name, d.Files, d.Directories, d.CatalogueLoadedMs))],
        [.. status.Mounts.Select(m => new Mount(m.Mountpoint, m.Dataset, m.ReadMode, m.ReadModeReason, [.. m.Notes]))],
        SpoolPart.From(status.Spool ?? new()),
        StorePart.From(status.Store ?? new()),
        OriginPart.From(status.Origin ?? new()),
        ReadsPart.From(status.Reads ?? new()),
        [.. status.Jobs.Select(JobDocument.From)],
        status.MemoryBytes,
        status.GcLongestPauseUs,
        status.UptimeS);

    /// <summary>One data set.</summary>
    internal sealed record DataSet(string Name, long Files, long Directories, long CatalogueLoadedMs);

    /// <summary>One mount.</summary>
    internal sealed record Mount(string Mountpoint, string Dataset, string ReadMode, string ReadModeReason, IReadOnlyList<string> Notes);

    /// <summary>The local folder of files on their way.</summary>
    internal sealed record SpoolPart(long Bytes, long LimitBytes, long Blobs, long Pinned, long Evictions)
    {
        /// <summary>Takes over what the daemon answered.</summary>
        public static SpoolPart From(SpoolStatus s) => new(s.Bytes, s.LimitBytes, s.Blobs, s.Pinned, s.Evictions);
    }

    /// <summary>The object store.</summary>
    internal sealed record StorePart(
        string Url, long Objects, long Bytes, long PendingUploads, long UploadErrors, int Concurrency, int ConcurrencyLimit, double PausedS, bool PubliclyReadable, long Copied, string NotTaking)
    {
        /// <summary>Takes over what the daemon answered.</summary>
        public static StorePart From(StoreStatus s) => new(
            s.Url, s.Objects, s.Bytes, s.PendingUploads, s.UploadErrors, s.Concurrency, s.ConcurrencyLimit, s.PausedS, s.PubliclyReadable, s.Copied, s.NotTaking);
    }

    /// <summary>Where files come from.</summary>
    internal sealed record OriginPart(string Url, long Requests, long Bytes, long Errors, long Logins, int Concurrency, int ConcurrencyLimit, double PausedS)
    {
        /// <summary>Takes over what the daemon answered.</summary>
        public static OriginPart From(OriginStatus s) => new(s.Url, s.Requests, s.Bytes, s.Errors, s.Logins, s.Concurrency, s.ConcurrencyLimit, s.PausedS);
    }

    /// <summary>What programs read.</summary>
    internal sealed record ReadsPart(
        long Count, long Bytes, long SpoolHits, long StoreHits, long OriginFetches, long VerifyFailures, long OriginDisagreements)
    {
        /// <summary>Takes over what the daemon answered.</summary>
        public static ReadsPart From(ReadsStatus s) => new(
            s.Count, s.Bytes, s.SpoolHits, s.StoreHits, s.OriginFetches, s.VerifyFailures, s.OriginDisagreements);
    }
}
