namespace MimicCxr.Daemon.Prefetch;

/// <summary>The state of a job at one moment.</summary>
internal sealed record JobProgress
{
    /// <summary>What it was told to do.</summary>
    public required JobOrder Order { get; init; }

    /// <summary>Where it stands.</summary>
    public required JobState State { get; init; }

    /// <summary>Files that are in the store.</summary>
    public required long FilesDone { get; init; }

    /// <summary>Bytes of the files done.</summary>
    public required long BytesDone { get; init; }

    /// <summary>How many files could not be had, by kind of failure.</summary>
    public required IReadOnlyDictionary<FailureKind, long> FailuresByKind { get; init; }

    /// <summary>The first failures.</summary>
    public required IReadOnlyList<JobFailure> Failures { get; init; }

    /// <summary>What ended it before its files were through, if something did.</summary>
    public JobFailure? Cause { get; init; }

    /// <summary>When it ended.</summary>
    public DateTimeOffset? Ended { get; init; }

    /// <summary>What it waits for, if it does.</summary>
    public JobWaiting? Waiting { get; init; }

    /// <summary>Over the last seconds.</summary>
    public double FilesPerSecond { get; init; }

    /// <summary>Over the last seconds.</summary>
    public double BytesPerSecond { get; init; }

    /// <summary>Files that could not be had.</summary>
    public long FilesFailed => FailuresByKind.Values.Sum();

    /// <summary>Whether it does nothing more.</summary>
    public bool HasEnded => State > JobState.Running;
}
