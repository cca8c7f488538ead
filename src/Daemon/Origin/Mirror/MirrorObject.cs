using System.Net.Http.Headers;

namespace MimicCxr.Daemon.Origin.Mirror;

/// <summary>An object of a mirror, as its bucket tells of it without its bytes.</summary>
/// <param name="Bucket">The bucket.</param>
/// <param name="Key">Its key there.</param>
/// <param name="Version">Its length and its tag, which is never null.</param>
/// <param name="Sha256">
/// The checksum in hexadecimal that the service computed over its bytes when it was stored (<c>x-amz-checksum-sha256</c>), else the one that
/// whoever stored it noted beside it (<c>x-amz-meta-sha256</c>, as our own stores do); null where there is neither.
/// </param>
internal sealed record MirrorObject(string Bucket, string Key, FileVersion Version, string? Sha256)
{
    private const int Sha256Size = 32;

    /// <summary>S3 tells the checksum that it computed only when it is asked.</summary>
    public static void AskForChecksum(HttpRequestHeaders headers) => headers.TryAddWithoutValidation("x-amz-checksum-mode", "ENABLED");

    /// <summary>Reads the answer to a HEAD.</summary>
    /// <returns>Null where it does not tell a version.</returns>
    public static MirrorObject? Of(HttpResponseMessage response, string bucket, string key) =>
        FileVersion.Of(response, 0, out _) is { ETag: not null } version ? new MirrorObject(bucket, key, version, Computed(response) ?? Noted(response)) : null;

    /// <summary>Of objects that came in parts it may be one of the parts' checksums ("...-3"), which says nothing here.</summary>
    private static string? Computed(HttpResponseMessage response)
    {
        Span<byte> sha256 = stackalloc byte[Sha256Size];
        return Header(response, "x-amz-checksum-sha256") is { } text && Convert.TryFromBase64String(text, sha256, out var count) && count == Sha256Size
            ? Convert.ToHexStringLower(sha256)
            : null;
    }

    private static string? Noted(HttpResponseMessage response) =>
        Header(response, "x-amz-meta-origin-disagrees") == "true" ? null : Header(response, "x-amz-meta-sha256")?.ToLowerInvariant();

    private static string? Header(HttpResponseMessage response, string name) =>
        response.Headers.TryGetValues(name, out var values) ? values.FirstOrDefault() : null;
}
