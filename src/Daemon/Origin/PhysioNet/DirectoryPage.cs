using System.Globalization;
using System.Text.RegularExpressions;

namespace MimicCxr.Daemon.Origin.PhysioNet;

/// <summary>
/// Reads nginx's autoindex page: <c>&lt;a href="NAME"&gt;NAME&lt;/a&gt;   21-Nov-2026 03:07   210319</c>, directories with
/// '-' (ngx_http_autoindex_module with autoindex_exact_size on, its default).
/// </summary>
internal static partial class DirectoryPage
{
    /// <summary>The files of a page; directories and the way up are left out.</summary>
    public static IReadOnlyList<FileLength> Parse(string html)
    {
        var files = new List<FileLength>();
        foreach (Match row in FileRow().Matches(html))
        {
            if (long.TryParse(row.Groups["size"].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out var length))
            {
                files.Add(new FileLength(Uri.UnescapeDataString(row.Groups["name"].Value), length));
            }
        }

        return files;
    }

    [GeneratedRegex("""<a href="(?<name>[^"/]+)">[^<]*</a>\s+\d{1,2}-\w{3}-\d{4} \d{2}:\d{2}\s+(?<size>\d+)\s""")]
    private static partial Regex FileRow();
}
