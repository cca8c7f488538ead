using System.Net;
using Amazon;
using Amazon.Runtime.Signing;
using Amazon.S3;
using Amazon.S3.Model;
using Amazon.S3.Model.Internal.MarshallTransformations;

namespace MimicCxr.Daemon.Store;

/// <summary>
/// The usual upload, straight to the service: the SDK's marshaller and signer, and nothing of its pipeline between, which takes more of
/// the processor for a file of 1.5 MB than receiving it does (docs/PERFORMANCE.md, "Into a bucket"). It makes one try, and
/// knows nothing of regions, clocks or expired credentials: such refusals are for the pipeline to meet. Where the service is too
/// busy or broken, nobody may try at once, and that goes to the caller.
/// </summary>
/// <param name="config">The client's settings.</param>
internal sealed class S3DirectPut(AmazonS3Config config) : IDisposable
{
    private const string HashHeader = "x-amz-content-sha256";

    private readonly AWSSigV4Parameters _signing = new()
    {
        Credentials = config.DefaultAWSCredentials,
        Region = config.AuthenticationRegion is { } name ? RegionEndpoint.GetBySystemName(name) : config.RegionEndpoint,
        Service = "s3",
    };

    private readonly HttpClient _http = config.HttpClientFactory.CreateHttpClient(config);

    /// <summary>Sends an object without asking first whether it may (<c>Expect: 100-continue</c>), which would be a round trip more.</summary>
    /// <param name="request">What is to be stored; its stream is where it was afterwards, unless it was taken.</param>
    /// <param name="bucket">The bucket's address.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The service's answer; null where the SDK is to try.</returns>
    /// <exception cref="S3Refusal">Too much was asked, or the service failed.</exception>
    /// <exception cref="HttpRequestException">No answer; as are <see cref="IOException"/> and <see cref="OperationCanceledException"/>.</exception>
    public async Task<HttpStatusCode?> TryAsync(PutObjectRequest request, Uri bucket, CancellationToken cancellationToken)
    {
        var start = request.InputStream.Position;
        using var message = await SignAsync(request, bucket).ConfigureAwait(false);
        using var response = await _http.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, cancellationToken).ConfigureAwait(false);
        switch (response.StatusCode)
        {
            // Every S3 tells the tag of what it took; a web page has none, or begins with 200 all the same.
            case HttpStatusCode.PreconditionFailed:
            case HttpStatusCode.OK when response.Headers.NonValidated.Contains("ETag"):
                return response.StatusCode;
            case HttpStatusCode.TooManyRequests or >= HttpStatusCode.InternalServerError and not HttpStatusCode.NotImplemented:
                throw new S3Refusal(response);
            default:
                request.InputStream.Position = start;
                return null;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private async Task<HttpRequestMessage> SignAsync(PutObjectRequest request, Uri bucket)
    {
        var key = string.Join('/', request.Key.Split('/').Select(Uri.EscapeDataString));
        var unsigned = new AWSSigningRequest { HttpMethod = HttpMethod.Put, RequestUri = new Uri($"{bucket.AbsoluteUri.TrimEnd('/')}/{key}") };
        foreach (var (name, value) in PutObjectRequestMarshaller.Instance.Marshall(request).Headers)
        {
            unsigned.Headers[name] = value;
        }

        // The signer refuses to leave the body out without TLS, wherever it goes; what is announced it believes.
        unsigned.Headers[HashHeader] = S3UnsignedBodies.Payload;
        var signed = await AWSSigV4Signer.SignAsync(unsigned, _signing).ConfigureAwait(false);
        var message = new HttpRequestMessage(HttpMethod.Put, unsigned.RequestUri) { Version = HttpVersion.Version11, Content = new StreamContent(request.InputStream) };
        foreach (var (name, value) in unsigned.Headers.ExceptBy(signed.Headers.Keys, header => header.Key, StringComparer.OrdinalIgnoreCase).Concat(signed.Headers))
        {
            if (!message.Headers.TryAddWithoutValidation(name, value))
            {
                message.Content.Headers.TryAddWithoutValidation(name, value);
            }
        }

        return message;
    }
}
