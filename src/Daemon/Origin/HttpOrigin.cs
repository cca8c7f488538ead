using System.Net;
using System.Net.Http.Headers;
using MimicCxr.Daemon.Requests;
using Polly;
using Polly.Retry;

namespace MimicCxr.Daemon.Origin;

/// <summary>
/// An origin that serves files over HTTP, whole or resumed by Range, a bounded number at a time. What its kinds differ in is who asks,
/// where a file is, and what a refusal means.
/// </summary>
internal abstract class HttpOrigin : IOrigin, IDisposable
{
    private readonly ResiliencePipeline _retry;

    protected HttpOrigin(OriginOptions options, OriginCounters counters, TimeProvider time)
    {
        Options = options;
        Counters = counters;
        Time = time;
        Pace = new ConnectionPace(time);
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
    public OriginOptions Options { get; }

    /// <summary>What was asked so far.</summary>
    public OriginCounters Counters { get; }

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; }

    /// <summary>How fast one connection is.</summary>
    public ConnectionPace Pace { get; }

    /// <summary>The budget of requests.</summary>
    public RequestGate Gate { get; }

    /// <inheritdoc/>
    public abstract string Url { get; }

    /// <summary>How messages call it.</summary>
    public abstract string Name { get; }

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
        await WithRetriesAsync(
            RequestPriority.Interactive,
            null,
            async (place, token) => files = await ReadDirectoryAsync(place, path, token).ConfigureAwait(false),
            cancellationToken).ConfigureAwait(false);
        return files;
    }

    /// <inheritdoc/>
    public Task YieldToReadersAsync(CancellationToken cancellationToken) => Gate.YieldAsync(cancellationToken);

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
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

    /// <summary>Sends, and tells the gate how long the answer took; a status other than 200, 206 and (where a range was asked for) 416 has become an exception.</summary>
    public async Task<HttpResponseMessage> SendAsync(
        RequestPlace place, HttpMethod method, string path, Action<HttpRequestHeaders>? headers, CancellationToken cancellationToken)
    {
        var asked = Time.GetTimestamp();
        var response = await AskAsync(method, path, headers, cancellationToken).ConfigureAwait(false);
        place.Answered(Time.GetElapsedTime(asked));
        return response;
    }

    /// <summary>Sends one request; a status other than 200, 206 and (where a range was asked for) 416 becomes an exception.</summary>
    protected abstract Task<HttpResponseMessage> AskAsync(
        HttpMethod method, string path, Action<HttpRequestHeaders>? headers, CancellationToken cancellationToken);

    /// <summary>Reads names and lengths of the files in a directory.</summary>
    protected abstract Task<IReadOnlyList<FileLength>> ReadDirectoryAsync(RequestPlace place, string path, CancellationToken cancellationToken);

    /// <summary>Reads the text of an answer.</summary>
    protected async Task<string> ReadTextAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Options.StallTimeout);
        try
        {
            var text = await response.Content.ReadAsStringAsync(limit.Token).ConfigureAwait(false);
            Interlocked.Add(ref Counters.Bytes, text.Length);
            return text;
        }
        catch (Exception e) when (Broken(e, cancellationToken) is { } broken)
        {
            throw broken;
        }
    }

    /// <summary>Ends its connections.</summary>
    protected virtual void Dispose(bool disposing) => Gate.Dispose();

    private async Task<FileTail> ReadTailAsync(HttpResponseMessage response, int most, CancellationToken cancellationToken)
    {
        var first = response.Content.Headers.ContentRange?.From ?? 0;
        var version = FileVersion.Of(response, first, out _) ?? throw NoLength();
        // An empty file has no last byte to ask for.
        var count = response.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable ? 0 : version.Length - first;
        if (count != Math.Min(most, version.Length))
        {
            throw new OriginException(OriginError.BadAnswer, $"{Name} does not give the part of a file that is asked for.");
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
        new(OriginError.BadAnswer, $"{Name} sent no Content-Length. Is --origin right?");

    /// <summary>The error of a body that broke off; null for what is none.</summary>
    public OriginException? Broken(Exception e, CancellationToken callers) => e switch
    {
        OperationCanceledException when !callers.IsCancellationRequested => new OriginException(
            OriginError.TimedOut, $"{Name} sent nothing for {Options.StallTimeout.TotalSeconds:0} s.", e),
        HttpRequestException or HttpIOException or IOException => new OriginException(
            OriginError.BodyCutShort, $"The connection to {Name} broke in the middle of a file.", e),
        _ => null,
    };
}
