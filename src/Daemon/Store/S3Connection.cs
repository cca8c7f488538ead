using System.Net;
using Amazon.Runtime;
using Amazon.S3;
using MimicCxr.Daemon.Requests;
using MimicCxr.Daemon.S3;
using Polly;
using Polly.Retry;

namespace MimicCxr.Daemon.Store;

/// <summary>
/// One bucket's client: its settings, its time limits and retries, and its errors told as <see cref="StoreException"/>. The
/// SDK's own checksums are asked for only where the service requires them, since many servers know none; every object
/// is checked against its SHA-256 here anyway.
/// </summary>
internal sealed class S3Connection : IDisposable
{
    /// <summary>What the SDK copies at a time into a request's body; its own 8 KiB would be a system call each.</summary>
    private const int BufferSize = 128 * 1024;

    /// <summary>How often what was not answered, was too much (503, 429), or failed on the other side is tried again.</summary>
    private const int Retries = 3;

    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    private readonly S3Credentials _credentials;
    private readonly ResiliencePipeline _retry;
    private readonly S3Writes _writes;
    private readonly Lock _lock = new();
    private readonly List<S3Client> _clients = []; // under _lock; the last one is used, one before may still be at work

    /// <summary>A bucket.</summary>
    /// <param name="options">Which.</param>
    /// <param name="time">The clock.</param>
    /// <param name="credentials">Null for the usual AWS chain.</param>
    public S3Connection(S3Options options, TimeProvider time, S3Credentials? credentials = null)
    {
        Options = options;
        Time = time;
        Gate = new RequestGate(options.Concurrency, time);
        _writes = new S3Writes(time);
        _retry = new ResiliencePipelineBuilder { TimeProvider = time }
            .AddRetry(new RetryStrategyOptions
            {
                ShouldHandle = new PredicateBuilder().Handle<StoreException>(S3Errors.IsPassing),
                MaxRetryAttempts = Retries,
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
                Delay = FirstPause,
                MaxDelay = LongestPause,
                // The gate keeps the pause that the service asked for, with all requests; null leaves it to the backoff.
                DelayGenerator = args => ValueTask.FromResult<TimeSpan?>(
                    args.Outcome.Exception is StoreException e && S3Errors.PauseOf(e, time) > TimeSpan.Zero ? TimeSpan.Zero : null),
            })
            .Build();
        _credentials = credentials ?? S3Credentials.OfChain();
        _clients.Add(NewClient(options.Region));
    }

    /// <summary>Which bucket.</summary>
    public S3Options Options { get; }

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; }

    /// <summary>The budget of requests to the bucket.</summary>
    public RequestGate Gate { get; }

    /// <summary>Why the bucket takes nothing; null while all is well.</summary>
    public WriteTrouble? WriteTrouble => _writes.Trouble;

    /// <summary>The address as the user gave it.</summary>
    public string Url => Options.Prefix.Length == 0 ? $"s3://{Options.Bucket}" : $"s3://{Options.Bucket}/{Options.Prefix}";

    private S3Client Client
    {
        get
        {
            lock (_lock)
            {
                return _clients[^1];
            }
        }
    }

    /// <summary>An object's key in the bucket.</summary>
    public string KeyOf(string key) => Options.Prefix.Length == 0 ? key : $"{Options.Prefix}/{key}";

    /// <summary>The reverse of <see cref="KeyOf"/>.</summary>
    public string WithoutPrefix(string key) => Options.Prefix.Length == 0 ? key : key[(Options.Prefix.Length + 1)..];

    /// <summary>Makes one request, as often as it takes; a question that a reader may wait for.</summary>
    /// <inheritdoc cref="CallAsync{T}(RequestPriority, Func{IAmazonS3, Task{T}}, CancellationToken)"/>
    public Task<T> CallAsync<T>(Func<IAmazonS3, Task<T>> call, CancellationToken cancellationToken) =>
        CallAsync(RequestPriority.Ahead, call, cancellationToken);

    /// <summary>Makes one request, as often as it takes.</summary>
    /// <param name="priority">Who waits.</param>
    /// <param name="call">The request; made anew each time.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="StoreException">It failed for good; an answer of the service is the inner exception.</exception>
    public Task<T> CallAsync<T>(RequestPriority priority, Func<IAmazonS3, Task<T>> call, CancellationToken cancellationToken) =>
        WithRetriesAsync(priority, null, (_, token) => SendAsync(call, token), cancellationToken);

    /// <summary>As <see cref="CallAsync{T}(RequestPriority, Func{IAmazonS3, Task{T}}, CancellationToken)"/>, of a request that writes.</summary>
    /// <inheritdoc cref="CallAsync{T}(RequestPriority, Func{IAmazonS3, Task{T}}, CancellationToken)"/>
    public Task<T> WriteAsync<T>(RequestPriority priority, Func<IAmazonS3, Task<T>> call, CancellationToken cancellationToken) =>
        WithRetriesAsync(priority, null, (_, token) => _writes.WatchAsync(() => SendAsync(call, token)), cancellationToken);

    /// <summary>Runs attempts, each behind the gate, until one succeeds or the retries that make sense are used up.</summary>
    /// <param name="priority">Who waits.</param>
    /// <param name="urgent">Completes when a reader waits after all; null for never.</param>
    /// <param name="attempt">Makes the request, in the place that it got.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<T> WithRetriesAsync<T>(
        RequestPriority priority, Task? urgent, Func<RequestPlace, CancellationToken, Task<T>> attempt, CancellationToken cancellationToken) =>
        await _retry.ExecuteAsync(
            async token =>
            {
                using var place = await Gate.EnterAsync(priority, urgent, token).ConfigureAwait(false);
                await place.YieldAsync(token).ConfigureAwait(false);
                S3StallLimit.Place.Value = place;
                try
                {
                    var result = await attempt(place, token).ConfigureAwait(false);
                    place.Succeeded();
                    return result;
                }
                catch (StoreException e) when (S3Errors.IsPassing(e))
                {
                    place.Refused(S3Errors.PauseOf(e, Time));
                    throw;
                }
            },
            cancellationToken).ConfigureAwait(false);

    /// <summary>Sends one request, again with renewed credentials or in the bucket's own region where it takes that.</summary>
    /// <exception cref="StoreException">It failed; an answer of the service is the inner exception.</exception>
    public async Task<T> SendAsync<T>(Func<IAmazonS3, Task<T>> call, CancellationToken cancellationToken)
    {
        for (var hasRenewed = false; ;)
        {
            var (client, renewals) = (Client, _credentials.Renewals);
            try
            {
                return await call(client).ConfigureAwait(false);
            }
            catch (AmazonS3Exception e) when (!hasRenewed && S3Errors.Read(e).IsExpired)
            {
                _credentials.Renew(renewals);
                hasRenewed = true;
            }
            catch (AmazonS3Exception e)
            {
                if (!TryFollow(client, e))
                {
                    throw S3Errors.Of(e, Options, Url);
                }
            }
            catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
            {
                throw new StoreException(StoreError.OutOfReach, $"{Url} did not answer in time.", e);
            }
            catch (AmazonClientException e)
            {
                throw new StoreException(
                    StoreError.NotPermitted, $"No credentials for {Url}. Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, a profile, or an instance role.", e);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                throw S3Errors.OfConnection(e, Url);
            }
        }
    }

    /// <summary>Whether a call failed with this answer of the service.</summary>
    public static bool IsAnswer(StoreException e, HttpStatusCode status) => e.InnerException is AmazonS3Exception answer && answer.StatusCode == status;

    /// <inheritdoc/>
    public void Dispose()
    {
        _clients.ForEach(client => client.Dispose());
        Gate.Dispose();
    }

    /// <summary>Goes to the region where the service says the bucket is, once, and never away from one that the user named.</summary>
    /// <param name="from">The client that was refused.</param>
    /// <param name="refusal">What the service said.</param>
    private bool TryFollow(S3Client from, AmazonS3Exception refusal)
    {
        if (Options.Region is not null || S3Errors.Read(refusal) is not { IsElsewhere: true, Region: { } region })
        {
            return false;
        }

        lock (_lock)
        {
            if (_clients.Count == 1)
            {
                _clients.Add(NewClient(region));
            }

            return _clients[^1] != from;
        }
    }

    private S3Client NewClient(string? region)
    {
        var config = new AmazonS3Config
        {
            RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED,
            ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED,
            MaxErrorRetry = 0, // WithRetriesAsync does it
            // S3StallLimit is the limit.
            Timeout = Timeout.InfiniteTimeSpan,
            HttpClientFactory = new S3Transport(Options.Timeout, Time),
            BufferSize = BufferSize,
            DefaultAWSCredentials = _credentials,
        };
        Options.Address.In(region).ApplyTo(config);
        return new S3Client(config);
    }
}
