using System.Net;
using System.Net.Http.Headers;
using System.Runtime.ExceptionServices;
using MimicCxr.Daemon.Requests;

namespace MimicCxr.Daemon.Origin;

/// <summary>
/// One file, or a range of one, over as many attempts as it takes: each goes on where the one before broke off. Where a single
/// connection is slow and others are idle, it comes in pieces over several; else in one request, which is what the origin likes best.
/// </summary>
internal sealed class FileFetch(
    HttpOrigin origin, string path, FileRange range, FileVersion? expected, IFetchSink sink, RequestPriority priority)
{
    /// <summary>At 700 KB/s a piece of this size takes 190 ms: several round trips' worth of bytes for one.</summary>
    private const long SmallestPiece = 128 * 1024;

    private readonly Lock _lock = new();
    private readonly List<Task> _helpers = []; // under _lock
    private long _unassigned; // under _lock: the first byte that belongs to no piece
    private long _leastPiece = SmallestPiece; // under _lock
    private long _end; // the byte after the last wanted; known with the version
    private FileVersion? _version; // null until the first answer
    private bool _rangesAreServed = true;
    private Exception? _helperFailure;

    private string Host => origin.Name;

    /// <summary>Connections that could help now.</summary>
    private int Idle => origin.Gate.Idle(sink.Urgent is { IsCompleted: true } ? RequestPriority.Interactive : priority);

    private bool CanBeSplit => _rangesAreServed && _version?.ETag is not null;

    /// <summary>Delivers what is wanted.</summary>
    public async Task<FileVersion> RunAsync(CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(range.Offset);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(range.Length);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        try
        {
            var first = origin.Pace.IsSlow && Idle > 0 ? Math.Min(SmallestPiece, range.Length) : range.Length;
            var end = first < FetchPiece.ToTheEnd - range.Offset ? range.Offset + first : FetchPiece.ToTheEnd;
            await FetchAsync(new FetchPiece(range.Offset, end), stop).ConfigureAwait(false);
            await WorkAsync(stop).ConfigureAwait(false);
        }
        catch
        {
            await stop.CancelAsync().ConfigureAwait(false);
            throw;
        }
        finally
        {
            // Nobody writes into the sink after this.
            await Task.WhenAll(Helpers()).ConfigureAwait(false);
            if (_helperFailure is not null)
            {
                ExceptionDispatchInfo.Throw(_helperFailure);
            }
        }

        return _version!;
    }

    private Task[] Helpers()
    {
        lock (_lock)
        {
            return [.. _helpers];
        }
    }

    private async Task WorkAsync(CancellationTokenSource stop)
    {
        while (TakePiece() is { } piece)
        {
            await FetchAsync(piece, stop).ConfigureAwait(false);
        }
    }

    private async Task HelpAsync(CancellationTokenSource stop)
    {
        try
        {
            await WorkAsync(stop).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Somebody else's failure, told there.
        }
#pragma warning disable CA1031 // Told by RunAsync.
        catch (Exception e)
#pragma warning restore CA1031
        {
            Interlocked.CompareExchange(ref _helperFailure, e, null);
            await stop.CancelAsync().ConfigureAwait(false);
        }
    }

    private FetchPiece? TakePiece()
    {
        lock (_lock)
        {
            var rest = _end - _unassigned;
            if (rest <= 0)
            {
                return null;
            }

            var share = Math.Max(_leastPiece, rest / (_helpers.Count + 1));
            var piece = new FetchPiece(_unassigned, rest - share < SmallestPiece / 2 ? _end : _unassigned + share);
            _unassigned = piece.End;
            return piece;
        }
    }

    /// <summary>Lets idle connections take what belongs to no piece yet.</summary>
    private void CallHelpers(CancellationTokenSource stop)
    {
        lock (_lock)
        {
            var rest = _end - _unassigned;
            var called = Math.Min((rest + SmallestPiece - 1) / SmallestPiece, Idle);
            // Where a piece each is nearly the smallest, one round of equal ones: a second would take another round trip and as long again.
            _leastPiece = called > 0 && rest / called is > SmallestPiece and < 2 * SmallestPiece ? rest / called : SmallestPiece;
            for (; called > 0; called--)
            {
                _helpers.Add(Task.Run(() => HelpAsync(stop), CancellationToken.None));
            }
        }
    }

    private Task FetchAsync(FetchPiece piece, CancellationTokenSource stop) =>
        origin.WithRetriesAsync(priority, sink.Urgent, (place, token) => AttemptAsync(piece, place, stop, token), stop.Token);

    private async Task AttemptAsync(FetchPiece piece, RequestPlace place, CancellationTokenSource stop, CancellationToken cancellationToken)
    {
        using var response = await origin.SendAsync(place, HttpMethod.Get, path, headers => AskFor(piece, headers), cancellationToken).ConfigureAwait(false);
        if (_version is null)
        {
            await BeginAsync(piece, place, response, cancellationToken).ConfigureAwait(false);
            CallHelpers(stop);
        }
        else if (response.StatusCode == HttpStatusCode.OK)
        {
            GoOnInWholeFile(piece, response);
        }
        else if (response.StatusCode != HttpStatusCode.PartialContent || response.Content.Headers.ContentRange?.Length != _version.Length)
        {
            throw Changed();
        }
        else if (response.Content.Headers.ContentRange.From != piece.Position)
        {
            throw AnotherRange();
        }

        await CopyAsync(piece, place, response, stop, cancellationToken).ConfigureAwait(false);
    }

    private void AskFor(FetchPiece piece, HttpRequestHeaders headers)
    {
        // Also at byte 0 where others have pieces of their own: without a Range the whole file would come.
        var isPart = piece.Position > 0 || piece.End < (_version?.Length ?? FetchPiece.ToTheEnd);
        // What has begun goes on only where the tag holds the parts together.
        if (isPart && _rangesAreServed && _version is not { ETag: null })
        {
            headers.Range = new RangeHeaderValue(piece.Position, piece.End == FetchPiece.ToTheEnd ? null : piece.End - 1);
            headers.IfRange = (_version ?? expected)?.ETag is { } tag ? RangeConditionHeaderValue.Parse(tag) : null;
        }
    }

    private async Task BeginAsync(FetchPiece piece, RequestPlace place, HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var version = FileVersion.Of(response, piece.Position, out var fits) ?? throw origin.NoLength();
        if (expected?.DiffersFrom(version) == true || !fits)
        {
            throw fits ? Changed() : AnotherRange();
        }

        await place.HoldUpAsync(sink.BeginAsync(version.Length, cancellationToken)).ConfigureAwait(false);
        lock (_lock)
        {
            _end = range.EndIn(version.Length);
            piece.End = response.StatusCode == HttpStatusCode.OK ? _end : Math.Min(piece.End, _end);
            _unassigned = piece.End;
            _version = version;
        }
    }

    /// <summary>
    /// The origin sends the whole file instead of the rest. If it is the same file, ranges are not served, and what is here
    /// already is passed over; another one of the same length begins again, where nobody relies on the first.
    /// </summary>
    private void GoOnInWholeFile(FetchPiece piece, HttpResponseMessage response)
    {
        var version = FileVersion.Of(response, piece.Position, out _) ?? throw origin.NoLength();
        if (version.ETag is not null && version == _version)
        {
            return;
        }

        if (version.Length != _version!.Length || expected?.DiffersFrom(version) == true || Helpers().Length > 0)
        {
            throw Changed();
        }

        lock (_lock)
        {
            (_version, piece.End, _unassigned) = (version, _end, _end);
        }

        if (piece.Position > range.Offset)
        {
            sink.Restart();
            piece.Position = range.Offset;
        }
    }

    private async Task CopyAsync(
        FetchPiece piece, RequestPlace place, HttpResponseMessage response, CancellationTokenSource stop, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var (first, started, hasStoodStill) = (piece.Position, origin.Time.GetTimestamp(), false);
        var skip = response.StatusCode == HttpStatusCode.OK ? piece.Position : 0; // the body begins with the file
        try
        {
            using var body = new BodyReader(await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false));
            while (piece.Position < piece.End)
            {
                limit.CancelAfter(origin.Options.StallTimeout);
                var (room, most) = (sink.RoomAt(piece.Position), skip > 0 ? skip : piece.End - piece.Position);
                var bytes = room.IsEmpty
                    ? await body.NextAsync(piece.Position - skip, most, limit.Token).ConfigureAwait(false)
                    : await body.ReceiveAsync(room, most, limit.Token).ConfigureAwait(false);
                if (bytes.IsEmpty)
                {
                    throw new HttpIOException(HttpRequestError.ResponseEnded);
                }

                Interlocked.Add(ref origin.Counters.Bytes, bytes.Length);
                if (skip > 0)
                {
                    skip -= bytes.Length;
                    continue;
                }

                // Of what was asked for before the piece was cut, the rest is somebody else's.
                var count = (int)Math.Min(bytes.Length, piece.End - piece.Position);
                sink.Write(piece.Position, bytes.Span[..count]);
                piece.Position += count;
                if (origin.Pace.WasSlow(piece.Position - first, started))
                {
                    ShareRest(piece, stop);
                }

                limit.CancelAfter(Timeout.InfiniteTimeSpan);
                var paused = origin.Time.GetTimestamp();
                hasStoodStill |= await place.YieldAsync(cancellationToken).ConfigureAwait(false);
                started += origin.Time.GetTimestamp() - paused;
            }

            // What came while it stood still was read at once, which tells nothing of the connection.
            origin.Pace.Observe(hasStoodStill ? 0 : piece.Position - first, started);
        }
        catch (Exception e) when (origin.Broken(e, cancellationToken) is { } broken)
        {
            throw broken;
        }
    }

    /// <summary>In the middle of a slow piece: keeps what is this connection's share and leaves the rest to idle ones.</summary>
    private void ShareRest(FetchPiece piece, CancellationTokenSource stop)
    {
        lock (_lock)
        {
            var idle = Idle;
            var rest = piece.End - piece.Position;
            if (idle == 0 || rest < 2 * SmallestPiece || !CanBeSplit || _unassigned != piece.End || piece.End != _end)
            {
                return;
            }

            piece.End = _unassigned = piece.Position + Math.Max(SmallestPiece, rest / (idle + 1));
        }

        CallHelpers(stop);
    }

    private OriginException AnotherRange()
    {
        _rangesAreServed = false;
        return new OriginException(OriginError.BodyCutShort, $"{Host} answered with another range than was asked for.");
    }

    private OriginException Changed() =>
        new(OriginError.Changed, $"{Host} changed a file while it was fetched. Fetch it again.");
}
