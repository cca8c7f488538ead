using System.Globalization;
using System.Xml;
using System.Xml.Linq;

namespace MimicCxr.Daemon.Origin.Mirror;

/// <summary>One page of a directory, as ListObjectsV2 with a delimiter tells it.</summary>
/// <param name="Files">The files right in it.</param>
/// <param name="HasFolders">Whether there are directories in it.</param>
/// <param name="Next">What the next page is asked for with; null for the last.</param>
internal sealed record MirrorListing(IReadOnlyList<FileLength> Files, bool HasFolders, string? Next)
{
    /// <summary>What to ask for: the query of a request for the bucket.</summary>
    /// <param name="directory">The keys' beginning, with its '/' at the end.</param>
    /// <param name="next">The page; null for the first.</param>
    public static string Query(string directory, string? next) =>
        (next is null ? "" : $"continuation-token={Uri.EscapeDataString(next)}&") + $"delimiter=%2F&list-type=2&prefix={Uri.EscapeDataString(directory)}";

    /// <summary>Reads a page.</summary>
    /// <returns>Null where it is none.</returns>
    public static MirrorListing? Parse(string text, string directory)
    {
        XElement page;
        try
        {
            page = XElement.Parse(text);
        }
        catch (XmlException)
        {
            return null;
        }

        // Services differ in the namespace.
        if (page.Name.LocalName != "ListBucketResult")
        {
            return null;
        }

        var files = new List<FileLength>();
        foreach (var found in Named(page, "Contents"))
        {
            // The key that equals the directory is a folder of some web interface.
            if (Text(found, "Key") is { } key && key.Length > directory.Length && key.StartsWith(directory, StringComparison.Ordinal)
                && long.TryParse(Text(found, "Size"), NumberStyles.None, CultureInfo.InvariantCulture, out var length))
            {
                files.Add(new FileLength(key[directory.Length..], length));
            }
        }

        return new MirrorListing(files, Named(page, "CommonPrefixes").Any(), Text(page, "IsTruncated") == "true" ? Text(page, "NextContinuationToken") : null);
    }

    private static IEnumerable<XElement> Named(XElement parent, string name) => parent.Elements().Where(element => element.Name.LocalName == name);

    private static string? Text(XElement parent, string name) => Named(parent, name).FirstOrDefault()?.Value;
}
