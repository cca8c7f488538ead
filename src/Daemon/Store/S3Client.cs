using Amazon.Runtime.Internal;
using Amazon.S3;

namespace MimicCxr.Daemon.Store;

/// <summary>The SDK's client, with <see cref="S3UnsignedBodies"/> where nothing can change bytes on their way.</summary>
internal sealed class S3Client(AmazonS3Config config) : AmazonS3Client(config)
{
    /// <inheritdoc/>
    protected override void CustomizeRuntimePipeline(RuntimePipeline pipeline)
    {
        base.CustomizeRuntimePipeline(pipeline);
        pipeline.AddHandlerBefore<Signer>(new S3UnsignedBodies());
    }
}
