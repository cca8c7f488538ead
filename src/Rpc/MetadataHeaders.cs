using Grpc.Core;

namespace MimicCxr.Rpc;

/// <summary>Metadata as HTTP headers and back. Bytes travel as base64 under names that end in "-bin".</summary>
internal static class MetadataHeaders
{
    /// <summary>The header value of an entry.</summary>
    public static string ValueOf(Metadata.Entry entry) =>
        entry.IsBinary ? Convert.ToBase64String(entry.ValueBytes) : entry.Value;

    /// <summary>Adds one header to metadata. What metadata cannot hold is left out: other layers may have set it.</summary>
    public static void Add(Metadata metadata, string name, string? value)
    {
        if (value is null || GrpcHeaders.IsReserved(name))
        {
            return;
        }

        if (!name.EndsWith(Metadata.BinaryHeaderSuffix, StringComparison.OrdinalIgnoreCase))
        {
            if (!value.AsSpan().ContainsAnyExceptInRange(' ', '~'))
            {
                metadata.Add(name, value);
            }

            return;
        }

        // Several values may have been joined by commas on the way; padding may be missing.
        foreach (var range in value.AsSpan().Split(','))
        {
            var text = value.AsSpan()[range].Trim().TrimEnd('=').ToString();
            var padded = text.PadRight((text.Length + 3) / 4 * 4, '=');
            var bytes = new byte[padded.Length / 4 * 3];
            if (Convert.TryFromBase64String(padded, bytes, out var written))
            {
                metadata.Add(name, bytes[..written]);
            }
        }
    }
}
