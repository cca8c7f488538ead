using System.Globalization;
using System.Net;
using System.Text;

namespace MimicCxr.Sandbox.PhysioNet;

/// <summary>
/// The page of a directory as nginx makes it with autoindex and exact sizes (ngx_http_autoindex_module): directories
/// first, names cut after 50 characters, sizes right-aligned, CRLF.
/// </summary>
internal static class AutoIndex
{
    private const int NameWidth = 50;
    private const int SizeWidth = 19;

    /// <summary>Makes the page.</summary>
    /// <param name="path">The path of the request, decoded, with its last slash.</param>
    /// <param name="folder">What it shows.</param>
    public static string Write(string path, DirectoryInfo folder)
    {
        var title = WebUtility.HtmlEncode(path);
        var page = new StringBuilder()
            .Append(CultureInfo.InvariantCulture, $"<html>\r\n<head><title>Index of {title}</title></head>\r\n<body>\r\n")
            .Append(CultureInfo.InvariantCulture, $"<h1>Index of {title}</h1><hr><pre><a href=\"../\">../</a>\r\n");
        foreach (var child in folder.EnumerateDirectories().OrderBy(child => child.Name, StringComparer.Ordinal))
        {
            AppendLine(page, child.Name + "/", child.LastWriteTimeUtc, "-");
        }

        foreach (var child in folder.EnumerateFiles().OrderBy(child => child.Name, StringComparer.Ordinal))
        {
            AppendLine(page, child.Name, child.LastWriteTimeUtc, child.Length.ToString(CultureInfo.InvariantCulture));
        }

        return page.Append("</pre><hr></body>\r\n</html>\r\n").ToString();
    }

    private static void AppendLine(StringBuilder page, string name, DateTime changed, string size)
    {
        var shown = name.Length > NameWidth ? name[..(NameWidth - 3)] + "..>" : name;
        var directory = name.EndsWith('/');
        var href = Uri.EscapeDataString(name.TrimEnd('/')) + (directory ? "/" : "");
        page.Append(CultureInfo.InvariantCulture, $"<a href=\"{href}\">{WebUtility.HtmlEncode(shown)}</a>")
            .Append(' ', NameWidth - shown.Length + 1)
            .Append(changed.ToString("dd-MMM-yyyy HH:mm ", CultureInfo.InvariantCulture))
            .Append(size.PadLeft(SizeWidth))
            .Append("\r\n");
    }
}
