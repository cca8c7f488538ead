using Microsoft.Extensions.Logging;
using MimicCxr.Daemon.Cache;
using MimicCxr.Daemon.Catalog;
using MimicCxr.Daemon.Origin;
using MimicCxr.Daemon.Store;

namespace MimicCxr.Daemon.Prefetch;

/// <summary>The parts of the daemon that jobs work with.</summary>
internal sealed record JobParts
{
    /// <summary>Opens a data set, which may take its lists from the origin.</summary>
    public required Func<DataSetDefinition, CancellationToken, Task<DataSetBlobs>> OpenAsync { get; init; }

    /// <summary>Moves files.</summary>
    public required BlobCache Cache { get; init; }

    /// <summary>Asked whether it is there when files fail.</summary>
    public required IOrigin Origin { get; init; }

    /// <summary>Asked whether it is there when files fail.</summary>
    public required IObjectStore Store { get; init; }

    /// <summary>Where jobs survive the daemon.</summary>
    public required JobStore Kept { get; init; }

    /// <summary>Requests to the origin at a time.</summary>
    public required int Concurrency { get; init; }

    /// <summary>
    /// Chooses with which of so many files a run begins. Machines that share the store choose at random: told the same, they would
    /// otherwise wait for each other file by file instead of sharing the work.
    /// </summary>
    public Func<int, int> First { get; init; } = _ => 0;

    /// <summary>The clock.</summary>
    public required TimeProvider Time { get; init; }

    /// <summary>Learns of begins, ends and outages; never a file's name.</summary>
    public required ILogger Logger { get; init; }
}
