using Amazon.Runtime;
using Amazon.S3;

namespace MimicCxr.Daemon.Store;

/// <summary>A service that is too busy, or that failed, answered <see cref="S3DirectPut"/>; the SDK's own exceptions cannot be made with headers.</summary>
/// <param name="response">What it answered.</param>
internal sealed class S3Refusal(HttpResponseMessage response)
    : AmazonS3Exception("Refused.", ErrorType.Receiver, response.StatusCode.ToString(), null, response.StatusCode)
{
    /// <summary>The header <c>Retry-After</c>; null where there is none.</summary>
    public string? RetryAfter { get; } = response.Headers.RetryAfter?.ToString();
}
