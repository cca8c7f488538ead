using System.Net;
using Amazon.Runtime;
using Amazon.Runtime.Internal;
using Amazon.S3;
using Amazon.S3.Model;

namespace MimicCxr.Daemon.Store;

/// <summary>
/// The SDK's client, with <see cref="S3UnsignedBodies"/> where nothing can change bytes on their way, and with a short way for
/// objects out of memory. One client is for one bucket.
/// </summary>
internal sealed class S3Client(AmazonS3Config config) : AmazonS3Client(config)
{
    private readonly S3DirectPut _direct = new(config);
    private Uri? _bucket; // found by the SDK's rules, which take their time

    /// <inheritdoc/>
    public override async Task<PutObjectResponse> PutObjectAsync(PutObjectRequest request, CancellationToken cancellationToken = default)
    {
        _bucket ??= new Uri(DetermineServiceOperationEndpoint(request).URL);
        if (request.InputStream is SequenceStream && S3UnsignedBodies.IsSafe(_bucket))
        {
            switch (await _direct.TryAsync(request, _bucket, cancellationToken).ConfigureAwait(false))
            {
                case HttpStatusCode.PreconditionFailed:
                    throw new AmazonS3Exception("There is such an object.", ErrorType.Sender, "PreconditionFailed", null, HttpStatusCode.PreconditionFailed);
                case { } taken:
                    return new PutObjectResponse { HttpStatusCode = taken };
            }
        }

        return await base.PutObjectAsync(request, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    protected override void CustomizeRuntimePipeline(RuntimePipeline pipeline)
    {
        base.CustomizeRuntimePipeline(pipeline);
        pipeline.AddHandlerBefore<Signer>(new S3UnsignedBodies());
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _direct.Dispose();
        }

        base.Dispose(disposing);
    }
}
