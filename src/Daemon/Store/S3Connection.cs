using System.Net;
using Amazon;
using Amazon.Runtime;
using Amazon.S3;

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

    /// <summary>The SDK tries again, in growing pauses, what was not answered, was too much (503, 429), or failed on the other side.</summary>
    private const int Retries = 3;

    private const string DefaultRegion = "us-east-1";

    private readonly S3Credentials _credentials;
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
        _credentials = credentials ?? S3Credentials.OfChain();
        _clients.Add(NewClient(options.Region));
    }

    /// <summary>Which bucket.</summary>
    public S3Options Options { get; }

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; }

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

    /// <summary>Makes one request, as often as it takes: with renewed credentials, or in the bucket's own region.</summary>
    /// <param name="call">The request; made anew each time.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="StoreException">It failed for good; an answer of the service is the inner exception.</exception>
    public async Task<T> CallAsync<T>(Func<IAmazonS3, Task<T>> call, CancellationToken cancellationToken)
    {
        for (var hasRenewed = false; ;)
        {
            var (client, renewals) = (Client, _credentials.Renewals);
            try
            {
                return await call(client).ConfigureAwait(false);
            }
            catch (AmazonS3Exception e) when (!hasRenewed && S3Errors.IsExpired(e))
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
    public void Dispose() => _clients.ForEach(client => client.Dispose());

    /// <summary>Goes to the region where the service says the bucket is, once, and never away from one that the user named.</summary>
    /// <param name="from">The client that was refused.</param>
    /// <param name="refusal">What the service said.</param>
    private bool TryFollow(S3Client from, AmazonS3Exception refusal)
    {
        if (Options.Region is not null || !S3Errors.IsElsewhere(refusal) || S3Errors.RegionOf(refusal) is not { } region)
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
            ForcePathStyle = Options.PathStyle,
            RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED,
            ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED,
            RetryMode = RequestRetryMode.Standard,
            MaxErrorRetry = Retries,
            // S3StallLimit is the limit.
            Timeout = Timeout.InfiniteTimeSpan,
            HttpClientFactory = new S3Transport(Options.Timeout, Options.Connections, Time),
            BufferSize = BufferSize,
            DefaultAWSCredentials = _credentials,
        };
        if (Options.Endpoint is { } endpoint)
        {
            config.ServiceURL = endpoint.ToString();
            config.AuthenticationRegion = region ?? DefaultRegion;
        }
        else
        {
            config.RegionEndpoint = region is null ? FallbackRegionFactory.GetRegionEndpoint() ?? RegionEndpoint.USEast1 : RegionEndpoint.GetBySystemName(region);
        }

        return new S3Client(config);
    }
}
