using System.Text;

namespace MimicCxr.Sandbox.PhysioNet;

/// <summary>Name and password of an Authorization header (RFC 7617).</summary>
internal readonly record struct BasicCredentials(string Name, string Password)
{
    private const string Scheme = "Basic ";

    /// <summary>Reads the header.</summary>
    /// <returns>Null when it is missing, of another scheme, or broken.</returns>
    public static BasicCredentials? Parse(string? header)
    {
        if (header is null || !header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        var decoded = new byte[header.Length];
        if (!Convert.TryFromBase64String(header[Scheme.Length..].Trim(), decoded, out var length))
        {
            return null;
        }

        var text = Encoding.UTF8.GetString(decoded, 0, length);
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        return colon < 0 ? null : new BasicCredentials(text[..colon], text[(colon + 1)..]);
    }
}
