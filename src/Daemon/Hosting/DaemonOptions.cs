using MimicCxr.Daemon.Cache;
using MimicCxr.Daemon.Catalog;
using MimicCxr.Daemon.Origin.Mirror;
using MimicCxr.Daemon.Store;
using MimicCxr.Daemon.Tree.Layers;
using MimicCxr.Fs.Fuse;
using Serilog.Events;

namespace MimicCxr.Daemon.Hosting;

/// <summary>What the daemon was told, checked.</summary>
internal sealed record DaemonOptions
{
    /// <summary>Where everything of this daemon is kept.</summary>
    public required StateDirectory State { get; init; }

    /// <summary>What is served when a request names no data set.</summary>
    public required DataSetDefinition DataSet { get; init; }

    /// <summary>PhysioNet's address; not asked where there is a mirror.</summary>
    public required Uri Origin { get; init; }

    /// <summary>The mirror in a bucket that is the origin; null for PhysioNet.</summary>
    public required MirrorOptions? Mirror { get; init; }

    /// <summary>Kaggle's address; not asked where there is an archive.</summary>
    public required Uri KaggleEndpoint { get; init; }

    /// <summary>The zip of the Indiana collection on this machine, absolute; null for Kaggle's.</summary>
    public required string? Archive { get; init; }

    /// <summary>The User-Agent towards the origin.</summary>
    public required string UserAgent { get; init; }

    /// <summary>Requests to the origin at a time.</summary>
    public required int Concurrency { get; init; }

    /// <summary>The bucket, or null for a folder.</summary>
    public required S3Options? Bucket { get; init; }

    /// <summary>The folder used as the store where there is no bucket.</summary>
    public required string StoreDirectory { get; init; }

    /// <summary>Whether other machines write to the same store.</summary>
    public required bool Shared { get; init; }

    /// <summary>Where blobs are kept locally.</summary>
    public required string SpoolDirectory { get; init; }

    /// <summary>The spool's bound in bytes.</summary>
    public required long SpoolSize { get; init; }

    /// <summary>How files of a mount are opened and kept.</summary>
    public required ReadMode ReadMode { get; init; }

    /// <summary>Whether other users of this machine may read the mounts.</summary>
    public required bool AllowOther { get; init; }

    /// <summary>Where mounts show reports.</summary>
    public required ReportPlaces Reports { get; init; }

    /// <summary>What to do when the origin repeats bytes that its list denies.</summary>
    public required MismatchPolicy OnMismatch { get; init; }

    /// <summary>How long a read may wait for the network.</summary>
    public required TimeSpan IoTimeout { get; init; }

    /// <summary>The least important messages that are logged.</summary>
    public required LogEventLevel LogLevel { get; init; }
}
