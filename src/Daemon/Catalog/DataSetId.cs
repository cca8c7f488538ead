using System.Diagnostics.CodeAnalysis;

namespace MimicCxr.Daemon.Catalog;

/// <summary>A data set: slug and version as in PhysioNet's addresses.</summary>
internal sealed record DataSetId(string Slug, string Version)
{
    /// <summary>Reads <c>SLUG/VERSION</c>.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out DataSetId? id)
    {
        var parts = text.Split('/');
        id = parts is [{ Length: > 0 } slug, { Length: > 0 } version] && parts.All(IsSafe) ? new DataSetId(slug, version) : null;
        return id is not null;
    }

    /// <summary><c>SLUG/VERSION</c></summary>
    public override string ToString() => $"{Slug}/{Version}";

    private static bool IsSafe(string part) =>
        part is not ("." or "..") && part.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.' or '_');
}
