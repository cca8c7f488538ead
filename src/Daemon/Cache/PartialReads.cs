using MimicCxr.Daemon.Origin;
using MimicCxr.Daemon.Requests;

namespace MimicCxr.Daemon.Cache;

/// <summary>
/// Reads of a little of a large file, such as the header of a DICOM: that part alone is fetched, by Range, and the file as a whole
/// only when more is wanted. A part cannot be checked against the list, so these are handed out unchecked, but for the last block of a
/// file, which is never: it comes with the whole, and when that is here it is held against what was handed out
/// (<see cref="UncheckedParts"/>).
/// </summary>
/// <param name="origin">Where parts come from. What the store has is brought whole.</param>
/// <param name="background">Fetches go on when who asked has gone.</param>
/// <param name="time">The clock.</param>
/// <param name="stopping">Ends them.</param>
internal sealed class PartialReads(IOrigin origin, BackgroundWork background, TimeProvider time, CancellationToken stopping)
{
    /// <summary>Smaller files come whole: that takes little longer than a part.</summary>
    public const int SmallestFile = 4 << 20;

    /// <summary>Who goes on reading after this many parts in a row wants the file.</summary>
    private const int MostInARow = 2;

    /// <summary>This many parts all over a file are no reason to fetch it, however short it is; of a longer one <see cref="MostOfFile"/>.</summary>
    private const int MostOfAnyFile = 8;

    /// <summary>The share of a file (one in so many) that is fetched in parts at most.</summary>
    private const int MostOfFile = 8;

    /// <summary>
    /// So far before a part, at least, is the transfer of the whole when the part is fetched by itself. Much more than the kernel reads
    /// ahead, or bytes would come twice to who reads on in order.
    /// </summary>
    private const long FarAhead = 4 << 20;

    private readonly PartMemory _memory = new();
    private readonly Lock _lock = new();
    private readonly Dictionary<(UncheckedParts, long), Task> _underWay = []; // under _lock

    /// <summary>Whether a blob is not here and is read in parts until enough of it is wanted, so that waiting for the whole may be in vain.</summary>
    public static bool Suit(Blob blob)
    {
        var (blobs, file) = (blob.Owner, blob.File);
        if (blobs.TryGetSize(file, out var size) ? size < SmallestFile : !blobs.Catalog.Name(blobs.Catalog.NodeOf(file)).EndsWith(".dcm"u8))
        {
            return false;
        }

        return blobs.StateOf(file) is BlobState.Unknown or BlobState.Lost or BlobState.Damaged && !blobs.MayBeStored && blob.Resident is null or { IsGone: true };
    }

    /// <summary>Reads bytes that are here. Starts nothing, waits for nothing.</summary>
    /// <returns>False when some are not.</returns>
    public bool TryRead(Blob blob, long offset, Span<byte> destination, out int count)
    {
        count = 0;
        if (blob.Unchecked is not { IsClosed: false, Version: { } version } parts || IsHeldBack(version.Length, offset, destination.Length))
        {
            return false;
        }

        while (count < destination.Length)
        {
            var (part, start) = Math.DivRem(offset + count, UncheckedParts.PartLength);
            if (!_memory.TryGet(parts, part, out var bytes))
            {
                return false;
            }

            var rest = bytes.AsSpan((int)start);
            rest = rest[..Math.Min(rest.Length, destination.Length - count)];
            rest.CopyTo(destination[count..]);
            count += rest.Length;
        }

        return true;
    }

    /// <summary>Completes when <see cref="TryRead"/> of a range has an answer; fetches what is not here.</summary>
    /// <returns>Null where the whole file has to come.</returns>
    public Task? TryWait(Blob blob, long offset, int length, CancellationToken cancellationToken)
    {
        if (!Suit(blob) || length <= 0 || length > MostInARow * UncheckedParts.PartLength)
        {
            return null;
        }

        var first = offset / UncheckedParts.PartLength;
        var last = (offset + length - 1) / UncheckedParts.PartLength;
        UncheckedParts parts;
        lock (blob.Changing)
        {
            parts = blob.Unchecked ??= new UncheckedParts();
            if (parts.IsClosed || blob.IsReplaced || blob.Failure is { IsRecent: true } || IsNear(blob.Transfer, offset) || !TryWant(blob, parts, offset, length, first, last))
            {
                return null;
            }
        }

        return Task.WhenAll(Enumerable.Range(0, (int)(last - first) + 1).Select(i => FetchOnce(blob, parts, first + i))).WaitAsync(cancellationToken);
    }

    /// <summary>Learns the length of a blob from its beginning.</summary>
    /// <returns>False where the whole file has to come.</returns>
    public async Task<bool> TryLearnLengthAsync(Blob blob, CancellationToken cancellationToken)
    {
        if (TryWait(blob, 0, 1, cancellationToken) is not { } beginning)
        {
            return false;
        }

        await beginning.ConfigureAwait(false);
        return true;
    }

    /// <summary>The last block waits for the checksum of the whole, so nobody reads to the end what is damaged.</summary>
    private static bool IsHeldBack(long fileLength, long offset, int length) => offset + length > fileLength - Transfer.HeldBack;

    /// <summary>Whether the transfer of the whole will be there soon.</summary>
    private static bool IsNear(Transfer? whole, long offset) => whole is not null && offset - Math.Max(0, whole.Released) < FarAhead;

    private static bool TryWant(Blob blob, UncheckedParts parts, long offset, int length, long first, long last)
    {
        var most = (long)MostOfAnyFile;
        if (blob.Owner.TryGetSize(blob.File, out var size))
        {
            if (IsHeldBack(size, offset, length))
            {
                return false;
            }

            most = Math.Max(most, size / UncheckedParts.PartLength / MostOfFile);
        }

        for (var part = first; part <= last; part++)
        {
            if (parts.Has(part))
            {
                continue;
            }

            if (parts.Count >= most || (parts.Has(part - 1) && parts.Has(part - MostInARow)))
            {
                return false;
            }

            parts.Want(part);
        }

        return true;
    }

    private Task FetchOnce(Blob blob, UncheckedParts parts, long part)
    {
        lock (_lock)
        {
            if (_memory.TryGet(parts, part, out _))
            {
                return Task.CompletedTask;
            }

            if (_underWay.TryGetValue((parts, part), out var running))
            {
                return running;
            }

            var fetch = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _underWay.Add((parts, part), fetch.Task);
            background.Run(() => RunAsync(blob, parts, part, fetch));
            return fetch.Task;
        }
    }

    private async Task RunAsync(Blob blob, UncheckedParts parts, long part, TaskCompletionSource fetch)
    {
        Exception? failure = null;
        try
        {
            await FetchAsync(blob, parts, part).ConfigureAwait(false);
        }
#pragma warning disable CA1031 // Told to those who wait.
        catch (Exception e)
#pragma warning restore CA1031
        {
            failure = e;
            lock (blob.Changing)
            {
                // Answers everybody who asks for a while, as that of a transfer does.
                blob.Failure = new RecentFailure(e, time);
            }
        }

        lock (_lock)
        {
            _underWay.Remove((parts, part));
        }

        if (failure is null)
        {
            fetch.SetResult();
        }
        else
        {
            fetch.SetException(failure);
            _ = fetch.Task.Exception; // who asked may have gone
        }
    }

    private async Task FetchAsync(Blob blob, UncheckedParts parts, long part)
    {
        var range = new FileRange(part * UncheckedParts.PartLength, UncheckedParts.PartLength);
        var sink = new PartSink(range);
        FileVersion version;
        try
        {
            version = await origin.FetchRangeAsync(
                blob.Owner.PathOf(blob.File), range, parts.Version, sink, RequestPriority.Interactive, stopping).ConfigureAwait(false);
        }
        catch (OriginException e) when (e.Error == OriginError.Changed)
        {
            Contradict(blob, parts);
            throw TransferTable.HandedOutDamage();
        }

        lock (blob.Changing)
        {
            if (parts.TryArrive(part, sink.Bytes, version))
            {
                _memory.Add(parts, part, sink.Bytes);
            }
        }

        if (parts.IsContradicted)
        {
            Contradict(blob, parts);
            throw TransferTable.HandedOutDamage();
        }

        blob.Owner.LearnSize(blob.File, version.Length);
    }

    /// <summary>Readers have got parts of another version of the file: they get errors from now on, who opens it anew gets the new one.</summary>
    private static void Contradict(Blob blob, UncheckedParts parts)
    {
        lock (blob.Changing)
        {
            if (parts is { IsClosed: true, IsContradicted: false })
            {
                return; // the whole is here, and they are right
            }

            parts.Contradict();
            // A transfer of the whole replaces the blob itself, when it has all; there must not be two at a time into one file.
            if (blob.Transfer is not null || blob.IsReplaced)
            {
                return;
            }

            blob.IsReplaced = true;
        }

        blob.Owner.Replace(blob, resident: null);
    }

    private sealed class PartSink(FileRange range) : IFetchSink
    {
        public byte[] Bytes { get; private set; } = [];

        public ValueTask BeginAsync(long length, CancellationToken cancellationToken)
        {
            Bytes = GC.AllocateUninitializedArray<byte>((int)range.CountIn(length));
            return ValueTask.CompletedTask;
        }

        public void Write(long offset, ReadOnlySpan<byte> bytes) => bytes.CopyTo(Bytes.AsSpan((int)(offset - range.Offset)));

        public void Restart()
        {
        }
    }
}
