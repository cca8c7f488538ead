using Amazon.S3;

namespace MimicCxr.Daemon.Store;

/// <summary>What <c>--s3-sse</c> means for a new object.</summary>
/// <param name="Method">Null for the bucket's own default.</param>
/// <param name="Key">A key of the key management service; null for its default.</param>
internal readonly record struct S3Encryption(ServerSideEncryptionMethod? Method, string? Key)
{
    /// <summary>Parses <c>none</c>, <c>AES256</c> or <c>aws:kms[:KEY]</c>; the key may be an ARN, with colons of its own.</summary>
    public static S3Encryption Parse(string option) => option.Split(':', 3) switch
    {
        ["AES256"] => new(ServerSideEncryptionMethod.AES256, null),
        ["aws", _, var key] => new(ServerSideEncryptionMethod.AWSKMS, key),
        ["aws", _] => new(ServerSideEncryptionMethod.AWSKMS, null),
        _ => default,
    };
}
