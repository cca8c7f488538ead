using MimicCxr.Daemon.Requests;
using MimicCxr.Daemon.S3;

namespace MimicCxr.Daemon.Store;

/// <summary>Which bucket, and how to talk to it. Credentials come from the usual AWS chain.</summary>
internal sealed record S3Options
{
    /// <summary>The bucket's name.</summary>
    public required string Bucket { get; init; }

    /// <summary>What stands before every key, without a '/' at either end; may be empty.</summary>
    public string Prefix { get; init; } = "";

    /// <summary>A server other than AWS, as http(s)://HOST[:PORT].</summary>
    public Uri? Endpoint { get; init; }

    /// <summary>The region's name.</summary>
    public string? Region { get; init; }

    /// <summary>Bucket in the path instead of in the host name.</summary>
    public bool PathStyle { get; init; }

    /// <summary>Server-side encryption: none, AES256, or aws:kms with or without a key.</summary>
    public string ServerSideEncryption { get; init; } = "none";

    /// <summary>The storage class of new objects, as the service names it; null for its default.</summary>
    public string? StorageClass { get; init; }

    /// <summary>Whether a bucket that strangers may read is used all the same.</summary>
    public bool AllowPublic { get; init; }

    /// <summary>Whether other machines write to the bucket.</summary>
    public bool IsShared { get; init; }

    /// <summary>How long nothing may move: no byte be taken, no answer come.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Where the bucket is.</summary>
    public S3Address Address => new(Bucket) { Endpoint = Endpoint, Region = Region, PathStyle = PathStyle };

    /// <summary>Requests at a time; readers that meet jobs get half as many on top (<see cref="RequestGate"/>).</summary>
    public int Concurrency { get; init; } = 32;
}
