using System.Security.Cryptography;
using MimicCxr.Daemon.Origin;

namespace MimicCxr.Daemon.Tests.Support;

/// <summary>What sources of bytes do with a sink.</summary>
internal static class Sinks
{
    private const int Portion = 64 * 1024;

    /// <summary>The version of a file with these bytes.</summary>
    /// <exception cref="OriginException">Another one was expected.</exception>
    public static FileVersion VersionOf(byte[] bytes, FileVersion? expected)
    {
        var version = new FileVersion(bytes.Length, $"\"{Convert.ToHexStringLower(SHA256.HashData(bytes))}\"");
        return expected?.DiffersFrom(version) == true
            ? throw new OriginException(OriginError.Changed, "The origin changed a file while it was fetched.")
            : version;
    }

    /// <summary>Delivers a part in portions, as a connection does.</summary>
    public static void WritePortions(this IFetchSink sink, long offset, ReadOnlySpan<byte> bytes)
    {
        for (var at = 0; at < bytes.Length; at += Portion)
        {
            sink.Write(offset + at, bytes.Slice(at, Math.Min(Portion, bytes.Length - at)));
        }
    }
}
