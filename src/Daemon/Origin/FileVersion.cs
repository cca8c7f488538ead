using System.Net;

namespace MimicCxr.Daemon.Origin;

/// <summary>Tells one state of a file from another, so that parts of two are never taken for one file.</summary>
/// <param name="Length">Length of the whole file in bytes.</param>
/// <param name="ETag">The strong entity tag as it was received, quotes included; null where the origin gives none.</param>
internal sealed record FileVersion(long Length, string? ETag)
{
    /// <summary>The version that an answer (200, 206 or 416) to a request from a byte on is of.</summary>
    /// <param name="response">The answer.</param>
    /// <param name="position">The first byte asked for.</param>
    /// <param name="fits">Whether it answers that request.</param>
    /// <returns>Null where the answer does not tell a length.</returns>
    public static FileVersion? Of(HttpResponseMessage response, long position, out bool fits)
    {
        var part = response.Content.Headers.ContentRange;
        (long? length, fits) = response.StatusCode switch
        {
            HttpStatusCode.OK => (response.Content.Headers.ContentLength, true),
            HttpStatusCode.PartialContent => (part?.Length, part?.From == position),
            // The file ends before the range, or is empty.
            _ => (part?.Length ?? (position == 0 ? 0 : null), !(part?.Length > position)),
        };
        // A weak tag says nothing about bytes (RFC 9110, 8.8.1).
        return length is null ? null : new FileVersion(length.Value, response.Headers.ETag is { IsWeak: false } etag ? etag.ToString() : null);
    }

    /// <summary>Whether the other is certainly another state; without tags the length has to do.</summary>
    public bool DiffersFrom(FileVersion other) => Length != other.Length || (ETag is not null && other.ETag is not null && ETag != other.ETag);
}
