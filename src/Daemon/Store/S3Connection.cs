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

    private readonly S3Client _s3;

    public S3Connection(S3Options options)
    {
        Options = options;
        var config = new AmazonS3Config
        {
            ForcePathStyle = options.PathStyle,
            RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED,
            ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED,
            MaxErrorRetry = 3,
            Timeout = TimeSpan.FromSeconds(60),
            MaxConnectionsPerServer = options.Connections,
            BufferSize = BufferSize,
        };
        if (options.Endpoint is { } endpoint)
        {
            config.ServiceURL = endpoint.ToString();
            config.AuthenticationRegion = options.Region ?? "us-east-1";
        }
        else if (options.Region is { } region)
        {
            config.RegionEndpoint = RegionEndpoint.GetBySystemName(region);
        }

        _s3 = new S3Client(config);
    }

    /// <summary>Which bucket.</summary>
    public S3Options Options { get; }

    /// <summary>The address as the user gave it.</summary>
    public string Url => Options.Prefix.Length == 0 ? $"s3://{Options.Bucket}" : $"s3://{Options.Bucket}/{Options.Prefix}";

    /// <summary>An object's key in the bucket.</summary>
    public string KeyOf(string key) => Options.Prefix.Length == 0 ? key : $"{Options.Prefix}/{key}";

    /// <summary>The reverse of <see cref="KeyOf"/>.</summary>
    public string WithoutPrefix(string key) => Options.Prefix.Length == 0 ? key : key[(Options.Prefix.Length + 1)..];

    /// <summary>Makes one request, as often as it takes.</summary>
    /// <exception cref="StoreException">It failed for good; an answer of the service is the inner exception.</exception>
    public async Task<T> CallAsync<T>(Func<IAmazonS3, Task<T>> call, CancellationToken cancellationToken)
    {
        try
        {
            return await call(_s3).ConfigureAwait(false);
        }
        catch (AmazonS3Exception e)
        {
            throw S3Errors.Of(e, Options, Url);
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

    /// <summary>Whether a call failed with this answer of the service.</summary>
    public static bool IsAnswer(StoreException e, HttpStatusCode status) => e.InnerException is AmazonS3Exception answer && answer.StatusCode == status;

    /// <inheritdoc/>
    public void Dispose() => _s3.Dispose();
}
