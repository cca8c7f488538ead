using MimicCxr.Daemon.S3;

namespace MimicCxr.Daemon.Origin.Mirror;

/// <summary>A bucket, or an access point to one, that has what PhysioNet has; and how to talk to it.</summary>
internal sealed record MirrorOptions : OriginOptions
{
    /// <summary>Where the bucket is.</summary>
    public required S3Address Address { get; init; }

    /// <summary>What stands before every key, without a '/' at either end; may be empty.</summary>
    public string Prefix { get; init; } = "";

    /// <summary>The data set, <c>SLUG/VERSION</c>, that a tree which names none is of.</summary>
    public required string DataSet { get; init; }

    /// <summary>The profile whose credentials are used; null for the usual chain.</summary>
    public string? Profile { get; init; }

    /// <summary>Whether the account that asks pays for it (AWS).</summary>
    public bool RequesterPays { get; init; }

    /// <summary>The project that pays for what is asked (Google).</summary>
    public string? Project { get; init; }

    /// <summary>The address as the user gave it.</summary>
    public string Url => Prefix.Length == 0 ? $"s3://{Address.Bucket}" : $"s3://{Address.Bucket}/{Prefix}";
}
