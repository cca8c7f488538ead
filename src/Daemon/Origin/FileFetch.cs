using System.Buffers;
using System.Net;
using System.Net.Http.Headers;
using System.Runtime.ExceptionServices;

namespace MimicCxr.Daemon.Origin;

/// <summary>
/// One file over as many attempts as it takes: each goes on where the one before broke off. Where a single connection is
/// slow and others are idle, the file comes in pieces over several; else in one request, which is what the origin likes best.
/// </summary>
internal sealed class FileFetch(PhysioNetOrigin origin, string path, IFetchSink sink, RequestPriority priority)
{
    private const int BufferSize = 128 * 1024;

    /// <summary>At 700 KB/s a piece of this size takes 190 ms: several round trips' worth of bytes for one.</summary>
    private const long SmallestPiece = 128 * 1024;

    private readonly Lock _lock = new();
    private readonly List<Task> _helpers = []; // under _lock
    private long _unassigned; // under _lock: the first byte that belongs to no piece
    private long _length = -1;
    private EntityTagHeaderValue? _etag;
    private Exception? _helperFailure;

    private string Host => origin.Options.BaseAddress.Host;

    private bool CanBeSplit => _etag is { IsWeak: false };

    /// <summary>Delivers the file.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        try
        {
            var end = origin.Pace.IsSlow && origin.IdleConnections > 0 ? SmallestPiece : FetchPiece.ToTheEnd;
            await FetchAsync(new FetchPiece(0, end), stop).ConfigureAwait(false);
            await WorkAsync(stop).ConfigureAwait(false);
        }
        catch
        {
            await stop.CancelAsync().ConfigureAwait(false);
            throw;
        }
        finally
        {
            // Nobody may write into the sink after this has returned.
            await Task.WhenAll(Helpers()).ConfigureAwait(false);
            if (_helperFailure is not null)
            {
                ExceptionDispatchInfo.Throw(_helperFailure);
            }
        }
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
            var rest = _length - _unassigned;
            if (rest <= 0)
            {
                return null;
            }

            var share = Math.Max(SmallestPiece, rest / (_helpers.Count + 1));
            var piece = new FetchPiece(_unassigned, rest - share < SmallestPiece / 2 ? _length : _unassigned + share);
            _unassigned = piece.End;
            return piece;
        }
    }

    /// <summary>Lets idle connections take what belongs to no piece yet.</summary>
    private void CallHelpers(CancellationTokenSource stop)
    {
        lock (_lock)
        {
            var useful = (_length - _unassigned + SmallestPiece - 1) / SmallestPiece;
            for (var i = Math.Min(useful, origin.IdleConnections); i > 0; i--)
            {
                _helpers.Add(Task.Run(() => HelpAsync(stop), CancellationToken.None));
            }
        }
    }

    private Task FetchAsync(FetchPiece piece, CancellationTokenSource stop) =>
        origin.WithRetriesAsync(priority, token => AttemptAsync(piece, stop, token), stop.Token);

    private async Task AttemptAsync(FetchPiece piece, CancellationTokenSource stop, CancellationToken cancellationToken)
    {
        using var response = await RequestAsync(piece, cancellationToken).ConfigureAwait(false);
        if (_length < 0)
        {
            await BeginAsync(piece, response, cancellationToken).ConfigureAwait(false);
            CallHelpers(stop);
        }
        else if (response.StatusCode != HttpStatusCode.PartialContent)
        {
            BeginAgain(piece, response);
        }
        else if (response.Content.Headers.ContentRange is not { } range || range.From != piece.Position || range.Length != _length)
        {
            throw AnotherRange();
        }

        await CopyAsync(piece, response, stop, cancellationToken).ConfigureAwait(false);
    }

    private async Task<HttpResponseMessage> RequestAsync(FetchPiece piece, CancellationToken cancellationToken)
    {
        // Also at byte 0 where others have pieces of their own: without a Range the whole file would come.
        var continues = _length >= 0 && (piece.Position > 0 || piece.End < _length) && CanBeSplit;
        var opensInPieces = _length < 0 && piece.End != FetchPiece.ToTheEnd;
        try
        {
            return await origin.SendAsync(HttpMethod.Get, path, continues || opensInPieces ? AskForPiece : null, cancellationToken).ConfigureAwait(false);
        }
        catch (OriginException e) when (opensInPieces && e.Error == OriginError.BadAnswer)
        {
            // 416: an empty file has no first piece.
            piece.End = FetchPiece.ToTheEnd;
            return await origin.SendAsync(HttpMethod.Get, path, null, cancellationToken).ConfigureAwait(false);
        }

        void AskForPiece(HttpRequestHeaders headers)
        {
            headers.Range = new RangeHeaderValue(piece.Position, piece.End - 1);
            headers.IfRange = _etag is null ? null : new RangeConditionHeaderValue(_etag);
        }
    }

    private async Task BeginAsync(FetchPiece piece, HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var partial = response.StatusCode == HttpStatusCode.PartialContent;
        var range = response.Content.Headers.ContentRange;
        if (partial && range?.From != 0)
        {
            throw AnotherRange();
        }

        var length = (partial ? range?.Length : response.Content.Headers.ContentLength) ?? throw origin.NoLength();
        _etag = response.Headers.ETag;
        await sink.BeginAsync(length, cancellationToken).ConfigureAwait(false);
        lock (_lock)
        {
            piece.End = partial ? Math.Min(piece.End, length) : length;
            _unassigned = piece.End;
            _length = length;
        }
    }

    /// <summary>The origin sends the whole file instead of the rest: it has changed, or ranges are not served.</summary>
    private void BeginAgain(FetchPiece piece, HttpResponseMessage response)
    {
        if (response.Content.Headers.ContentLength != _length || Helpers().Length > 0)
        {
            throw new OriginException(OriginError.BadAnswer, $"{Host} changed a file while it was fetched.");
        }

        _etag = response.Headers.ETag;
        lock (_lock)
        {
            piece.End = _unassigned = _length;
        }

        if (piece.Position > 0)
        {
            sink.Restart();
            piece.Position = 0;
        }
    }

    private async Task CopyAsync(FetchPiece piece, HttpResponseMessage response, CancellationTokenSource stop, CancellationToken cancellationToken)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var (first, started) = (piece.Position, origin.Time.GetTimestamp());
        try
        {
            var body = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
            while (piece.Position < piece.End)
            {
                limit.CancelAfter(origin.Options.StallTimeout);
                var wanted = (int)Math.Min(BufferSize, piece.End - piece.Position);
                var count = await body.ReadAsync(buffer.AsMemory(0, wanted), limit.Token).ConfigureAwait(false);
                if (count == 0)
                {
                    throw new HttpIOException(HttpRequestError.ResponseEnded);
                }

                Interlocked.Add(ref origin.Counters.Bytes, count);
                sink.Write(piece.Position, buffer.AsSpan(0, count));
                piece.Position += count;
                if (origin.Pace.WasSlow(piece.Position - first, started))
                {
                    ShareRest(piece, stop);
                }
            }

            origin.Pace.Observe(piece.Position - first, started);
        }
        catch (Exception e) when (origin.Broken(e, cancellationToken) is { } broken)
        {
            throw broken;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>In the middle of a slow piece: keeps what is this connection's share and leaves the rest to idle ones.</summary>
    private void ShareRest(FetchPiece piece, CancellationTokenSource stop)
    {
        lock (_lock)
        {
            var idle = origin.IdleConnections;
            var rest = piece.End - piece.Position;
            if (idle == 0 || rest < 2 * SmallestPiece || !CanBeSplit || _unassigned != piece.End || piece.End != _length)
            {
                return;
            }

            piece.End = _unassigned = piece.Position + Math.Max(SmallestPiece, rest / (idle + 1));
        }

        CallHelpers(stop);
    }

    private OriginException AnotherRange()
    {
        _etag = null;
        return new OriginException(OriginError.BodyCutShort, $"{Host} answered with another range than was asked for.");
    }
}
