using Amazon.Runtime;
using Amazon.Runtime.Internal;
using Amazon.Runtime.Internal.Auth;
using Amazon.S3.Model;

namespace MimicCxr.Daemon.Store;

/// <summary>
/// Leaves the bodies of uploads out of their signatures (<c>UNSIGNED-PAYLOAD</c>) where nothing can change them on their way:
/// over TLS, and to this machine itself. Both ends would else compute a SHA-256 of every byte for nothing, the third and
/// the fourth after the origin's list was compared. Over plain HTTP to another machine the signature covers the body.
/// </summary>
internal sealed class S3UnsignedBodies : PipelineHandler
{
    /// <summary>What such a request announces instead of its body's checksum.</summary>
    public const string Payload = "UNSIGNED-PAYLOAD";

    /// <summary>The SDK itself refuses this without TLS, wherever it goes.</summary>
    private static readonly AWS4Signer HeadersOnly = new(signPayload: false);

    /// <summary>Whether nothing can change a body on its way there.</summary>
    public static bool IsSafe(Uri endpoint) => endpoint.Scheme == Uri.UriSchemeHttps || endpoint.IsLoopback;

    /// <inheritdoc/>
    public override Task<T> InvokeAsync<T>(IExecutionContext executionContext)
    {
        var context = executionContext.RequestContext;
        if (context.OriginalRequest is PutObjectRequest or UploadPartRequest)
        {
            var endpoint = context.Request.Endpoint;
            if (endpoint.Scheme == Uri.UriSchemeHttps)
            {
                context.Request.DisablePayloadSigning = true;
            }
            else if (IsSafe(endpoint))
            {
                context.Signer = HeadersOnly;
            }
        }

        return base.InvokeAsync<T>(executionContext);
    }
}
