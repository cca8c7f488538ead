using System.Reflection;
using MimicCxr.Daemon.Hosting;
using MimicCxr.Daemon.Tree;
using MimicCxr.Fs.Fuse;

namespace MimicCxr.Daemon.Api;

/// <summary>Gathers what GetStatus answers.</summary>
internal sealed class StatusReport(Composition daemon)
{
    private static readonly string Version =
        typeof(StatusReport).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0";

    private readonly long _started = daemon.Time.GetTimestamp();

    /// <summary>The state at this moment.</summary>
    public V1.Status Create()
    {
        var loaded = daemon.DataSets.Loaded.ToList();
        var status = new V1.Status
        {
            Version = Version,
            Pid = Environment.ProcessId,
            MemoryBytes = Environment.WorkingSet,
            UptimeS = (long)daemon.Time.GetElapsedTime(_started).TotalSeconds,
            GcLongestPauseUs = (long)daemon.CollectorPauses.Longest.TotalMicroseconds,
            Spool = SpoolStatus(),
            Store = StoreStatus(loaded),
            Origin = new V1.OriginStatus
            {
                Url = daemon.Origin.Url,
                Requests = Interlocked.Read(ref daemon.OriginCounters.Requests),
                Bytes = Interlocked.Read(ref daemon.OriginCounters.Bytes),
                Errors = Interlocked.Read(ref daemon.OriginCounters.Errors),
                Logins = Interlocked.Read(ref daemon.OriginCounters.Logins),
                Concurrency = daemon.OriginGate.Allowed,
                ConcurrencyLimit = daemon.OriginGate.Limit,
                PausedS = daemon.OriginGate.PausedFor.TotalSeconds,
            },
            Reads = ReadsStatus(loaded),
        };
        status.Datasets.AddRange(loaded.Select(ToMessage));
        status.Mounts.AddRange(daemon.Mounts.All.Select(ToMessage));
        status.Jobs.AddRange(daemon.Jobs.All.Select(job => JobReport.ToMessage(job.Progress)));
        return status;
    }

    /// <summary>A mount as the API shows it.</summary>
    public static V1.MountInfo ToMessage(Mounted mounted) => new()
    {
        Mountpoint = mounted.Fuse.MountPoint,
        Dataset = mounted.DataSet.Definition.Id.ToString(),
        ReadMode = mounted.Fuse.ReadMode switch
        {
            ReadMode.PageCache => "page-cache",
            ReadMode.Passthrough => "passthrough",
            _ => "plain",
        },
        ReadModeReason = mounted.Fuse.ReadModeReason,
        Notes = { mounted.Notes },
    };

    private static V1.DataSetStatus ToMessage(OpenDataSet dataSet) => new()
    {
        Name = dataSet.Definition.Id.ToString(),
        Files = dataSet.Blobs.Catalog.FileCount,
        Directories = dataSet.Blobs.Catalog.NodeCount - dataSet.Blobs.Catalog.FileCount,
        CatalogueLoadedMs = (long)dataSet.LoadedIn.TotalMilliseconds,
    };

    private V1.SpoolStatus SpoolStatus()
    {
        var (blobs, pinned) = daemon.Spool.Count();
        return new V1.SpoolStatus
        {
            Bytes = daemon.Spool.UsedBytes,
            LimitBytes = daemon.Spool.LimitBytes,
            Blobs = blobs,
            Pinned = pinned,
            Evictions = Interlocked.Read(ref daemon.CacheCounters.Evictions),
        };
    }

    private V1.StoreStatus StoreStatus(List<OpenDataSet> loaded)
    {
        var store = CountStore(loaded);
        if (daemon.Bucket is { } bucket)
        {
            store.Concurrency = bucket.Gate.Allowed;
            store.ConcurrencyLimit = bucket.Gate.Limit;
            store.PausedS = bucket.Gate.PausedFor.TotalSeconds;
            store.PubliclyReadable = bucket.IsPublic;
        }

        return store;
    }

    private V1.StoreStatus CountStore(List<OpenDataSet> loaded) => new()
    {
        Url = daemon.Store.Url,
        Objects = loaded.Sum(dataSet => dataSet.Blobs.Stored.Objects),
        Bytes = loaded.Sum(dataSet => dataSet.Blobs.Stored.Bytes),
        PendingUploads = daemon.Uploads.Pending,
        UploadErrors = Interlocked.Read(ref daemon.CacheCounters.UploadErrors),
        Copied = Interlocked.Read(ref daemon.CacheCounters.Copies),
        NotTaking = daemon.Store.WriteTrouble is { } trouble ? $"since {trouble.Since:yyyy-MM-dd HH:mm:ss}Z: {trouble.Reason}" : "",
    };

    private V1.ReadsStatus ReadsStatus(List<OpenDataSet> loaded) => new()
    {
        Count = Interlocked.Read(ref daemon.CacheCounters.Reads),
        Bytes = Interlocked.Read(ref daemon.CacheCounters.ReadBytes),
        SpoolHits = Interlocked.Read(ref daemon.CacheCounters.SpoolHits),
        StoreHits = Interlocked.Read(ref daemon.CacheCounters.StoreHits),
        OriginFetches = Interlocked.Read(ref daemon.CacheCounters.OriginFetches),
        VerifyFailures = Interlocked.Read(ref daemon.CacheCounters.VerifyFailures),
        OriginDisagreements = loaded.Sum(dataSet => (long)dataSet.Blobs.Disagreements),
    };
}
