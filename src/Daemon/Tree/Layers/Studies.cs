using MimicCxr.Daemon.Catalog;

namespace MimicCxr.Daemon.Tree.Layers;

/// <summary>The folders of studies in a catalogue, such as <c>files/p10/p10000032/s50414267</c>, and the names of their reports. Nothing here allocates.</summary>
internal sealed class Studies
{
    /// <summary>Bytes that the path of a report may have.</summary>
    public const int LongestReportPath = 256;

    /// <summary>Directories above a study's: files, p10, p10000032.</summary>
    private const int Depth = 3;

    private readonly CatalogSnapshot _catalog;

    /// <summary>Finds them.</summary>
    public Studies(CatalogSnapshot catalog) => (_catalog, (First, Last)) = (catalog, Find(catalog));

    /// <summary>What the name of a report ends with.</summary>
    public static ReadOnlySpan<byte> ReportEnding => ".txt"u8;

    /// <summary>The first node that may be a study's. They stand together, as all of a level do, in the order of their paths.</summary>
    public int First { get; }

    /// <summary>The last; smaller than the first where there are none.</summary>
    public int Last { get; }

    /// <summary>Whether a node is the folder of a study.</summary>
    public bool Has(int node) => node >= First && node <= Last && _catalog.IsDirectory(node);

    /// <summary>Whether a directory is where the folders of studies are: a patient's.</summary>
    public bool AreIn(int directory) => _catalog.ChildCount(directory) > 0 && _catalog.FirstChild(directory) >= First && _catalog.FirstChild(directory) <= Last;

    /// <summary>How far in a study stands among all, from 0 to 1.</summary>
    public double Rank(int study) => (study - First) / (double)Math.Max(1, Last - First + 1);

    /// <summary>Writes the name of a study's report.</summary>
    /// <returns>Its length.</returns>
    public int WriteReportName(int study, Span<byte> to)
    {
        var name = _catalog.Name(study);
        name.CopyTo(to);
        ReportEnding.CopyTo(to[name.Length..]);
        return name.Length + ReportEnding.Length;
    }

    /// <summary>Writes the path of a study's report: beside its folder, whatever it is shown as.</summary>
    /// <returns>Its length.</returns>
    public int WriteReportPath(int study, Span<byte> to)
    {
        var length = _catalog.WritePath(study, to);
        ReportEnding.CopyTo(to[length..]);
        return length + ReportEnding.Length;
    }

    /// <summary>The path of a study's report. This allocates.</summary>
    public byte[] ReportPath(int study)
    {
        var path = new byte[_catalog.PathLength(study) + ReportEnding.Length];
        WriteReportPath(study, path);
        return path;
    }

    private static (int First, int Last) Find(CatalogSnapshot catalog)
    {
        if (!catalog.TryFindChild(0, "files"u8, out var first))
        {
            return (0, -1);
        }

        var last = first;
        for (var level = 0; level < Depth; level++)
        {
            if (!catalog.IsDirectory(first) || !catalog.IsDirectory(last))
            {
                return (0, -1);
            }

            (first, last) = (catalog.FirstChild(first), catalog.FirstChild(last) + catalog.ChildCount(last) - 1);
        }

        for (var node = first; node <= last; node++)
        {
            if (catalog.PathLength(node) + ReportEnding.Length > LongestReportPath)
            {
                // No list of MIMIC-CXR.
                return (0, -1);
            }
        }

        return (first, last);
    }
}
