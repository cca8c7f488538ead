using System.Text;
using MimicCxr.Daemon.Catalog;

namespace MimicCxr.Daemon.Tests.Support;

/// <summary>Short ways to path lists and catalogues.</summary>
internal static class Lists
{
    public static PathList Of(params string[] paths)
    {
        var list = new PathList();
        foreach (var path in paths)
        {
            list.Add(Encoding.UTF8.GetBytes(path), default);
        }

        return list;
    }

    public static CatalogSnapshot Catalog(params string[] paths) => CatalogBuilder.Build(Of(paths));

    /// <summary>As an import of lists without lengths gives it.</summary>
    public static ImportedCatalog Imported(CatalogSnapshot catalog) =>
        new(catalog, [.. Enumerable.Repeat(PathList.UnknownLength, catalog.FileCount)]);

    public static string[] Paths(PathList list) =>
        [.. Enumerable.Range(0, list.Count).Select(i => Encoding.UTF8.GetString(list.Path(i)))];

    public static string[] Children(CatalogSnapshot catalog, int directory) =>
        [.. Enumerable.Range(catalog.FirstChild(directory), catalog.ChildCount(directory)).Select(node => Encoding.UTF8.GetString(catalog.Name(node)))];

    public static int Resolve(CatalogSnapshot catalog, string path) =>
        catalog.TryResolve(path, out var node) ? node : throw new ArgumentException($"no {path}");

    public static int File(CatalogSnapshot catalog, string path) => catalog.FileOf(Resolve(catalog, path));
}
