using System.Net;
using System.Net.Http.Headers;
using Polly;
using Polly.Retry;

namespace MimicCxr.Daemon.Origin;

/// <summary>PhysioNet as the origin: files over HTTP, whole or resumed by Range, a bounded number at a time.</summary>
internal sealed class PhysioNetOrigin : IOrigin, IDisposable
{
    private readonly PhysioNetSession _session;
    private readonly RequestGate _gate;
    private readonly ResiliencePipeline _retry;

    public PhysioNetOrigin(PhysioNetOptions options, AccountSource accounts, OriginCounters counters, TimeProvider time)
    {
        Options = options;
        Counters = counters;
        Time = time;
        Pace = new ConnectionPace(time);
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

    /// <summary>How to talk to it.</summary>
    public PhysioNetOptions Options { get; }

    /// <summary>What was asked so far.</summary>
    public OriginCounters Counters { get; }

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; }

    /// <summary>How fast one connection is.</summary>
    public ConnectionPace Pace { get; }

    /// <summary>Requests that could be made now without holding up another.</summary>
    public int IdleConnections => _gate.Idle;

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
    public void Dispose() => _session.Dispose();

    /// <summary>Runs attempts, each behind the gate, until one succeeds or the retries that make sense are used up.</summary>
    public async Task WithRetriesAsync(RequestPriority priority, Func<CancellationToken, Task> attempt, CancellationToken cancellationToken) =>
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
                    Interlocked.Increment(ref Counters.Errors);
                    throw;
                }
            },
            cancellationToken).ConfigureAwait(false);

    /// <summary>Sends; a status other than 200, 206 and (where a range was asked for) 416 has become an exception.</summary>
    public async Task<HttpResponseMessage> SendAsync(
        HttpMethod method, string path, Action<HttpRequestHeaders>? headers, CancellationToken cancellationToken)
    {
        var dataSet = string.Join('/', path.Split('/').Take(2));
        var escaped = string.Join('/', path.Split('/').Select(Uri.EscapeDataString));
        var response = await _session.SendAsync(method, new Uri(Options.BaseAddress, "/files/" + escaped), dataSet, headers, cancellationToken).ConfigureAwait(false);
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

    /// <summary>The pause that the origin asked for, if it did; null leaves it to the backoff.</summary>
    private TimeSpan? AskedFor(Exception? failure) => failure is OriginException { RetryAfter: { } asked }
        ? asked < Options.LongestRetryAfter ? asked : Options.LongestRetryAfter
        : null;

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
