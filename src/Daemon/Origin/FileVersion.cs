using System.Net.Http.Headers;

namespace MimicCxr.Daemon.Origin;

/// <summary>Tells one state of a file from another, so that parts of two are never taken for one file.</summary>
/// <param name="Length">Length of the whole file in bytes.</param>
/// <param name="ETag">The strong entity tag as it was received, quotes included; null where the origin gives none.</param>
internal sealed record FileVersion(long Length, string? ETag)
{
    /// <summary>The version that an answer with this tag is of. A weak tag says nothing about bytes (RFC 9110, 8.8.1).</summary>
    public static FileVersion Of(long length, EntityTagHeaderValue? etag) => new(length, etag is { IsWeak: false } ? etag.ToString() : null);

    /// <summary>Whether the other is certainly another state; without tags the length has to do.</summary>
    public bool DiffersFrom(FileVersion other) => Length != other.Length || (ETag is not null && other.ETag is not null && ETag != other.ETag);
}
