using System.Buffers;
using System.Net;
using System.Net.Http.Headers;
using Polly;
using Polly.Retry;

namespace MimicCxr.Daemon.Origin;

/// <summary>PhysioNet as the origin: files over HTTP, whole or resumed by Range, a bounded number at a time.</summary>
internal sealed class PhysioNetOrigin : IOrigin, IDisposable
{
    private const int BufferSize = 128 * 1024;

    private readonly PhysioNetOptions _options;
    private readonly PhysioNetSession _session;
    private readonly OriginCounters _counters;
    private readonly TimeProvider _time;
    private readonly RequestGate _gate;
    private readonly ResiliencePipeline _retry;

    public PhysioNetOrigin(PhysioNetOptions options, AccountSource accounts, OriginCounters counters, TimeProvider time)
    {
        _options = options;
        _counters = counters;
        _time = time;
        _session = new PhysioNetSession(options, accounts, counters, time);
        _gate = new RequestGate(options.Concurrency);
        _retry = new ResiliencePipelineBuilder { TimeProvider = time }
            .AddRetry(new RetryStrategyOptions
            {
                ShouldHandle = new PredicateBuilder().Handle<OriginException>(e => e.IsTransient),
                MaxRetryAttempts = options.Retries,
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
                Delay = options.FirstRetryDelay,
                MaxDelay = options.LongestRetryDelay,
                DelayGenerator = args => ValueTask.FromResult(AskedFor(args.Outcome.Exception)),
            })
            .Build();
    }

    /// <inheritdoc/>
    public string Url => _options.BaseAddress.ToString().TrimEnd('/');

    /// <inheritdoc/>
    public async Task FetchAsync(string path, IFetchSink sink, RequestPriority priority, CancellationToken cancellationToken)
    {
        var fetch = new Fetch(this, path, sink);
        await WithRetriesAsync(priority, fetch.AttemptAsync, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async Task<long> GetLengthAsync(string path, CancellationToken cancellationToken)
    {
        long length = 0;
        await WithRetriesAsync(RequestPriority.Interactive, async token =>
        {
            using var response = await SendAsync(HttpMethod.Head, path, null, token).ConfigureAwait(false);
            length = response.Content.Headers.ContentLength ?? throw NoLength();
        }, cancellationToken).ConfigureAwait(false);
        return length;
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<FileLength>> ListDirectoryAsync(string path, CancellationToken cancellationToken)
    {
        IReadOnlyList<FileLength> files = [];
        await WithRetriesAsync(RequestPriority.Interactive, async token =>
        {
            using var response = await SendAsync(HttpMethod.Get, path + "/", null, token).ConfigureAwait(false);
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(token);
            limit.CancelAfter(_options.StallTimeout);
            try
            {
                var page = await response.Content.ReadAsStringAsync(limit.Token).ConfigureAwait(false);
                Interlocked.Add(ref _counters.Bytes, page.Length);
                files = DirectoryPage.Parse(page);
            }
            catch (Exception e) when (Broken(e, token) is { } broken)
            {
                throw broken;
            }
        }, cancellationToken).ConfigureAwait(false);
        return files;
    }

    /// <inheritdoc/>
    public void Dispose() => _session.Dispose();

    private async Task WithRetriesAsync(RequestPriority priority, Func<CancellationToken, Task> attempt, CancellationToken cancellationToken) =>
        await _retry.ExecuteAsync(
            async token =>
            {
                using var place = await _gate.EnterAsync(priority, token).ConfigureAwait(false);
                try
                {
                    await attempt(token).ConfigureAwait(false);
                }
                catch (OriginException)
                {
                    Interlocked.Increment(ref _counters.Errors);
                    throw;
                }
            },
            cancellationToken).ConfigureAwait(false);

    /// <summary>Sends; a status other than 200 and 206 has become an exception.</summary>
    private async Task<HttpResponseMessage> SendAsync(
        HttpMethod method, string path, Action<HttpRequestHeaders>? headers, CancellationToken cancellationToken)
    {
        var dataSet = string.Join('/', path.Split('/').Take(2));
        var escaped = string.Join('/', path.Split('/').Select(Uri.EscapeDataString));
        var response = await _session.SendAsync(method, new Uri(_options.BaseAddress, "/files/" + escaped), dataSet, headers, cancellationToken).ConfigureAwait(false);
        if (response.StatusCode is HttpStatusCode.OK or HttpStatusCode.PartialContent)
        {
            return response;
        }

        using (response)
        {
            throw response.StatusCode == HttpStatusCode.NotFound
                ? new OriginException(OriginError.NotFound, $"{_options.BaseAddress.Host} has no such file in {dataSet.Replace('/', ' ')} (404).")
                : Refusals.Transient(response, _options.BaseAddress.Host, _time)
                    ?? new OriginException(OriginError.BadAnswer, $"{_options.BaseAddress.Host} answered {(int)response.StatusCode}. Is --origin right?");
        }
    }

    /// <summary>The pause that the origin asked for, if it did; null leaves it to the backoff.</summary>
    private TimeSpan? AskedFor(Exception? failure) => failure is OriginException { RetryAfter: { } asked }
        ? asked < _options.LongestRetryAfter ? asked : _options.LongestRetryAfter
        : null;

    private OriginException NoLength() =>
        new(OriginError.BadAnswer, $"{_options.BaseAddress.Host} sent no Content-Length. Is --origin right?");

    /// <summary>The error of a body that broke off; null for what is none.</summary>
    private OriginException? Broken(Exception e, CancellationToken callers) => e switch
    {
        OperationCanceledException when !callers.IsCancellationRequested => new OriginException(
            OriginError.TimedOut, $"{_options.BaseAddress.Host} sent nothing for {_options.StallTimeout.TotalSeconds:0} s.", e),
        HttpRequestException or HttpIOException or IOException => new OriginException(
            OriginError.BodyCutShort, $"The connection to {_options.BaseAddress.Host} broke in the middle of a file.", e),
        _ => null,
    };

    /// <summary>One file over as many attempts as it takes: each goes on where the one before broke off.</summary>
    private sealed class Fetch(PhysioNetOrigin origin, string path, IFetchSink sink)
    {
        private long _length = -1;
        private long _received;
        private EntityTagHeaderValue? _etag;

        public async Task AttemptAsync(CancellationToken cancellationToken)
        {
            var resumed = _received > 0 && _etag is { IsWeak: false };
            using var response = await origin.SendAsync(HttpMethod.Get, path, resumed ? AskForTheRest : null, cancellationToken).ConfigureAwait(false);
            if (response.StatusCode == HttpStatusCode.PartialContent)
            {
                var range = response.Content.Headers.ContentRange;
                if (!resumed || range?.From != _received || range.Length != _length)
                {
                    _etag = null;
                    throw new OriginException(OriginError.BodyCutShort, $"{origin._options.BaseAddress.Host} answered with another range than was asked for.");
                }
            }
            else
            {
                await BeginAsync(response, cancellationToken).ConfigureAwait(false);
            }

            await CopyAsync(response, cancellationToken).ConfigureAwait(false);
        }

        private void AskForTheRest(HttpRequestHeaders headers)
        {
            headers.Range = new RangeHeaderValue(_received, null);
            headers.IfRange = new RangeConditionHeaderValue(_etag!);
        }

        private async Task BeginAsync(HttpResponseMessage response, CancellationToken cancellationToken)
        {
            var length = response.Content.Headers.ContentLength ?? throw origin.NoLength();
            _etag = response.Headers.ETag;
            if (_length < 0)
            {
                await sink.BeginAsync(length, cancellationToken).ConfigureAwait(false);
                _length = length;
                return;
            }

            if (length != _length)
            {
                throw new OriginException(OriginError.BadAnswer, $"{origin._options.BaseAddress.Host} changed the length of a file while it was fetched.");
            }

            if (_received > 0)
            {
                sink.Restart();
                _received = 0;
            }
        }

        private async Task CopyAsync(HttpResponseMessage response, CancellationToken cancellationToken)
        {
            var buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            try
            {
                var body = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
                while (_received < _length)
                {
                    limit.CancelAfter(origin._options.StallTimeout);
                    var count = await body.ReadAsync(buffer, limit.Token).ConfigureAwait(false);
                    if (count == 0)
                    {
                        throw new HttpIOException(HttpRequestError.ResponseEnded);
                    }

                    Interlocked.Add(ref origin._counters.Bytes, count);
                    sink.Write(buffer.AsSpan(0, count));
                    _received += count;
                }
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
    }
}
