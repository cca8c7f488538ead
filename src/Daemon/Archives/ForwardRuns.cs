namespace MimicCxr.Daemon.Archives;

/// <summary>
/// Reads an archive's members in longer and longer runs as long as reading goes forward, and each elsewhere in a short one; keeps the
/// last few in memory. In order, that is a request for 16 MiB, the next one under way before the last is read through.
/// </summary>
/// <param name="source">The archive.</param>
/// <param name="end">The byte behind its last member.</param>
/// <param name="stopping">Ends requests that nobody may wait for any more.</param>
internal sealed class ForwardRuns(IRangeSource source, long end, CancellationToken stopping) : IRangeSource, IDisposable
{
    /// <summary>A few hundred reports; the most that a slow origin gives in one piece.</summary>
    public const int ShortestRun = 128 * 1024;

    /// <summary>Bytes.</summary>
    public const int LongestRun = 16 << 20;

    private const int Growth = 16;

    /// <summary>The longest, the one that is fetched ahead of it, and room for short ones.</summary>
    private const long MostBytes = 3L * LongestRun;

    /// <summary>Runs that are fetched at a time: bounds the memory of those that are not kept yet, or not any more.</summary>
    private const int MostAtATime = 4;

    private readonly Lock _lock = new();
    private readonly List<Run> _kept = []; // under _lock; the one used last at the end
    private readonly SemaphoreSlim _places = new(MostAtATime);
    private int _scattered;

    /// <summary>Short runs so far, of reads that did not go on from another: a sign that all of the archive had better be at hand.</summary>
    public int Scattered => Volatile.Read(ref _scattered);

    /// <inheritdoc/>
    public Task<(byte[] Bytes, long Length)> ReadTailAsync(int most, CancellationToken cancellationToken) => source.ReadTailAsync(most, cancellationToken);

    /// <inheritdoc/>
    public async Task ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        if (offset < 0 || offset + destination.Length > end)
        {
            throw new ArchiveException("The zip archive is damaged: a member goes on behind the last.");
        }

        while (!destination.IsEmpty)
        {
            var run = Require(offset, destination.Length);
            var bytes = await run.Bytes.WaitAsync(cancellationToken).ConfigureAwait(false);
            var from = (int)(offset - run.Start);
            var count = Math.Min(destination.Length, bytes.Length - from);
            bytes.AsSpan(from, count).CopyTo(destination.Span);
            offset += count;
            destination = destination[count..];
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _places.Dispose();

    /// <summary>The run that holds a byte: one of those that are kept, or a new one.</summary>
    private Run Require(long offset, int wanted)
    {
        lock (_lock)
        {
            var run = Find(offset);
            if (run is null)
            {
                // Extra fields and data descriptors stand between what is read.
                var before = _kept.FindLast(kept => kept.End <= offset && offset < kept.End + ShortestRun);
                _scattered += before is null ? 1 : 0;
                run = Begin(offset, before is null ? Math.Clamp(wanted, ShortestRun, LongestRun) : Math.Min(before.Length * Growth, LongestRun));
            }
            else
            {
                _kept.Remove(run);
                _kept.Add(run);
            }

            // Not at the price of what other readers are in.
            var hasRoom = _kept.Sum(kept => (long)kept.Length) <= MostBytes - LongestRun;
            if (hasRoom && run.Length == LongestRun && offset >= run.Start + (LongestRun / 2) && run.End < end && Find(run.End) is null)
            {
                Begin(run.End, LongestRun);
            }

            return run;
        }
    }

    private Run? Find(long offset)
    {
        var run = _kept.FindLast(kept => kept.Start <= offset && offset < kept.End);
        if (run?.Bytes is { IsFaulted: true } or { IsCanceled: true })
        {
            _kept.Remove(run);
            return null;
        }

        return run;
    }

    private Run Begin(long start, int length)
    {
        length = (int)Math.Min(length, end - start);
        var run = new Run(start, length, Task.Run(() => FetchAsync(start, length), CancellationToken.None));
        _kept.Add(run);
        for (var bytes = _kept.Sum(kept => (long)kept.Length); bytes > MostBytes; _kept.RemoveAt(0))
        {
            bytes -= _kept[0].Length;
        }

        return run;
    }

    private async Task<byte[]> FetchAsync(long start, int length)
    {
        await _places.WaitAsync(stopping).ConfigureAwait(false);
        try
        {
            var bytes = GC.AllocateUninitializedArray<byte>(length);
            await source.ReadAsync(start, bytes, stopping).ConfigureAwait(false);
            return bytes;
        }
        finally
        {
            _places.Release();
        }
    }

    /// <summary>Bytes of the archive that are here, or on their way.</summary>
    private sealed record Run(long Start, int Length, Task<byte[]> Bytes)
    {
        public long End => Start + Length;
    }
}
