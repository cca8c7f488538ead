namespace MimicCxr.Daemon.Store;

/// <summary>Notices when a bucket takes nothing any more. An attempt that fails while others succeed says nothing of the bucket.</summary>
/// <param name="time">The clock.</param>
internal sealed class S3Writes(TimeProvider time)
{
    /// <summary>Busy services refuse for a moment (503), and it passes.</summary>
    private static readonly TimeSpan Passing = TimeSpan.FromSeconds(30);

    private readonly Lock _lock = new();
    private long _takenAt = time.GetTimestamp(); // under _lock
    private WriteTrouble? _trouble; // under _lock

    /// <summary>Why nothing is taken; null while that has not been so for half a minute.</summary>
    public WriteTrouble? Trouble
    {
        get
        {
            lock (_lock)
            {
                return _trouble is { } trouble && time.GetUtcNow() - trouble.Since >= Passing ? trouble : null;
            }
        }
    }

    /// <summary>Makes an attempt, and keeps how it ended.</summary>
    /// <exception cref="StoreException">It failed.</exception>
    public async Task<T> WatchAsync<T>(Func<Task<T>> attempt)
    {
        var begun = time.GetTimestamp();
        try
        {
            var result = await attempt().ConfigureAwait(false);
            Taken();
            return result;
        }
        catch (StoreException e) when (S3Errors.IsPassing(e))
        {
            Failed(begun, e);
            throw;
        }
        catch (StoreException)
        {
            Taken(); // at least judged
            throw;
        }
    }

    private void Taken()
    {
        lock (_lock)
        {
            (_takenAt, _trouble) = (time.GetTimestamp(), null);
        }
    }

    private void Failed(long begun, StoreException failure)
    {
        lock (_lock)
        {
            if (begun >= _takenAt)
            {
                _trouble = new WriteTrouble(failure.Message, _trouble?.Since ?? time.GetUtcNow() - time.GetElapsedTime(begun));
            }
        }
    }
}
