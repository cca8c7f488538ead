using System.Net;
using System.Net.Http.Headers;
using MimicCxr.Daemon.Requests;
using Polly;
using Polly.Retry;

namespace MimicCxr.Daemon.Origin;

/// <summary>PhysioNet as the origin: files over HTTP, whole or resumed by Range, a bounded number at a time.</summary>
internal sealed class PhysioNetOrigin : IOrigin, IDisposable
{
    private readonly PhysioNetSession _session;
    private readonly ResiliencePipeline _retry;

    public PhysioNetOrigin(PhysioNetOptions options, AccountSource accounts, OriginCounters counters, TimeProvider time)
    {
        Options = options;
        Counters = counters;
        Time = time;
        Pace = new ConnectionPace(time);
        _session = new PhysioNetSession(options, accounts, counters, time);
        Gate = new RequestGate(options.Concurrency, time);
        _retry = new ResiliencePipelineBuilder { TimeProvider = time }
            .AddRetry(new RetryStrategyOptions
            {
                ShouldHandle = new PredicateBuilder().Handle<OriginException>(e => e.IsTransient),
                MaxRetryAttempts = options.Retries,
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
                Delay = options.FirstRetryDelay,
                MaxDelay = options.LongestRetryDelay,
                DelayGenerator = args => ValueTask.FromResult<TimeSpan?>(
                    // The gate keeps the pause that the origin asked for, with all requests; null leaves it to the backoff.
                    args.Outcome.Exception is OriginException e && e.RetryAfter > TimeSpan.Zero ? TimeSpan.Zero : null),
            })
            .Build();
    }

    /// <summary>How to talk to it.</summary>
    public PhysioNetOptions Options { get; }

    /// <summary>What was asked so far.</summary>
    public OriginCounters Counters { get; }

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; }

    /// <summary>How fast one connection is.</summary>
    public ConnectionPace Pace { get; }

    /// <summary>The budget of requests.</summary>
    public RequestGate Gate { get; }

    /// <inheritdoc/>
    public string Url => Options.BaseAddress.ToString().TrimEnd('/');

    /// <inheritdoc/>
    public Task FetchAsync(string path, IFetchSink sink, RequestPriority priority, CancellationToken cancellationToken) =>
        FetchRangeAsync(path, FileRange.Whole, null, sink, priority, cancellationToken);

    /// <inheritdoc/>
    public Task<FileVersion> FetchRangeAsync(
        string path, FileRange range, FileVersion? expected, IFetchSink sink, RequestPriority priority, CancellationToken cancellationToken) =>
        new FileFetch(this, path, range, expected, sink, priority).RunAsync(cancellationToken);

    /// <inheritdoc/>
    public async Task<FileTail> FetchTailAsync(string path, int most, RequestPriority priority, CancellationToken cancellationToken)
    {
        FileTail? tail = null;
        await WithRetriesAsync(priority, null, async (place, token) =>
        {
            using var response = await SendAsync(
                place, HttpMethod.Get, path, headers => headers.Range = new RangeHeaderValue(null, most), token).ConfigureAwait(false);
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(token);
            limit.CancelAfter(Options.StallTimeout);
            try
            {
                tail = await ReadTailAsync(response, most, limit.Token).ConfigureAwait(false);
            }
            catch (Exception e) when (Broken(e, token) is { } broken)
            {
                throw broken;
            }
        }, cancellationToken).ConfigureAwait(false);
        return tail!;
    }

    /// <inheritdoc/>
    public async Task<long> GetLengthAsync(string path, CancellationToken cancellationToken)
    {
        long length = 0;
        await WithRetriesAsync(RequestPriority.Interactive, null, async (place, token) =>
        {
            using var response = await SendAsync(place, HttpMethod.Head, path, null, token).ConfigureAwait(false);
            length = response.Content.Headers.ContentLength ?? throw NoLength();
        }, cancellationToken).ConfigureAwait(false);
        return length;
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<FileLength>> ListDirectoryAsync(string path, CancellationToken cancellationToken)
    {
        IReadOnlyList<FileLength> files = [];
        await WithRetriesAsync(RequestPriority.Interactive, null, async (place, token) =>
        {
            using var response = await SendAsync(place, HttpMethod.Get, path + "/", null, token).ConfigureAwait(false);
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(token);
            limit.CancelAfter(Options.StallTimeout);
            try
            {
                var page = await response.Content.ReadAsStringAsync(limit.Token).ConfigureAwait(false);
                Interlocked.Add(ref Counters.Bytes, page.Length);
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
    public Task YieldToReadersAsync(CancellationToken cancellationToken) => Gate.YieldAsync(cancellationToken);

    /// <inheritdoc/>
    public void Dispose()
    {
        _session.Dispose();
        Gate.Dispose();
    }

    /// <summary>Runs attempts, each behind the gate, until one succeeds or the retries that make sense are used up.</summary>
    /// <param name="priority">Who waits.</param>
    /// <param name="urgent">Completes when a reader waits after all; null for never.</param>
    /// <param name="attempt">Makes the request, in the place that it got.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task WithRetriesAsync(
        RequestPriority priority, Task? urgent, Func<RequestPlace, CancellationToken, Task> attempt, CancellationToken cancellationToken) =>
        await _retry.ExecuteAsync(
            async token =>
            {
                using var place = await Gate.EnterAsync(priority, urgent, token).ConfigureAwait(false);
                await place.YieldAsync(token).ConfigureAwait(false);
                try
                {
                    await attempt(place, token).ConfigureAwait(false);
                    place.Succeeded();
                }
                catch (OriginException e)
                {
                    Interlocked.Increment(ref Counters.Errors);
                    if (e.IsTransient)
                    {
                        place.Refused(e.RetryAfter);
                    }

                    throw;
                }
            },
            cancellationToken).ConfigureAwait(false);

    /// <summary>Sends; a status other than 200, 206 and (where a range was asked for) 416 has become an exception.</summary>
    public async Task<HttpResponseMessage> SendAsync(
        RequestPlace place, HttpMethod method, string path, Action<HttpRequestHeaders>? headers, CancellationToken cancellationToken)
    {
        var dataSet = string.Join('/', path.Split('/').Take(2));
        var escaped = string.Join('/', path.Split('/').Select(Uri.EscapeDataString));
        var asked = Time.GetTimestamp();
        var response = await _session.SendAsync(method, new Uri(Options.BaseAddress, "/files/" + escaped), dataSet, headers, cancellationToken).ConfigureAwait(false);
        place.Answered(Time.GetElapsedTime(asked));
        if (response.StatusCode is HttpStatusCode.OK or HttpStatusCode.PartialContent or HttpStatusCode.RequestedRangeNotSatisfiable)
        {
            return response;
        }

        using (response)
        {
            throw response.StatusCode == HttpStatusCode.NotFound
                ? new OriginException(OriginError.NotFound, $"{Options.BaseAddress.Host} has no such file in {dataSet.Replace('/', ' ')} (404).")
                : Refusals.Transient(response, Options.BaseAddress.Host, Time)
                    ?? new OriginException(OriginError.BadAnswer, $"{Options.BaseAddress.Host} answered {(int)response.StatusCode}. Is --origin right?");
        }
    }

    private async Task<FileTail> ReadTailAsync(HttpResponseMessage response, int most, CancellationToken cancellationToken)
    {
        var first = response.Content.Headers.ContentRange?.From ?? 0;
        var version = FileVersion.Of(response, first, out _) ?? throw NoLength();
        // An empty file has no last byte to ask for.
        var count = response.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable ? 0 : version.Length - first;
        if (count != Math.Min(most, version.Length))
        {
            throw new OriginException(OriginError.BadAnswer, $"{Options.BaseAddress.Host} does not give the part of a file that is asked for.");
        }

        var bytes = new byte[count];
        if (count > 0)
        {
            var body = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
            await using (body.ConfigureAwait(false))
            {
                await body.ReadExactlyAsync(bytes, cancellationToken).ConfigureAwait(false);
            }
        }

        Interlocked.Add(ref Counters.Bytes, count);
        return new FileTail(version, bytes);
    }

    /// <summary>The error of an answer without a length.</summary>
    public OriginException NoLength() =>
        new(OriginError.BadAnswer, $"{Options.BaseAddress.Host} sent no Content-Length. Is --origin right?");

    /// <summary>The error of a body that broke off; null for what is none.</summary>
    public OriginException? Broken(Exception e, CancellationToken callers) => e switch
    {
        OperationCanceledException when !callers.IsCancellationRequested => new OriginException(
            OriginError.TimedOut, $"{Options.BaseAddress.Host} sent nothing for {Options.StallTimeout.TotalSeconds:0} s.", e),
        HttpRequestException or HttpIOException or IOException => new OriginException(
            OriginError.BodyCutShort, $"The connection to {Options.BaseAddress.Host} broke in the middle of a file.", e),
        _ => null,
    };
}
