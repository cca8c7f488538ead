using MimicCxr.Daemon.Catalog;

namespace MimicCxr.Daemon.Prefetch;

/// <summary>Which files of a catalogue a request means.</summary>
internal static class FileChoice
{
    /// <summary>Ordinals, in path order.</summary>
    /// <param name="catalog">What exists.</param>
    /// <param name="patterns">Paths and globs.</param>
    /// <param name="metadata">Whether list and table files, those beside <c>files/</c>, are meant too.</param>
    /// <param name="all">Whether everything is meant.</param>
    /// <exception cref="ArgumentException">A pattern matches nothing; the message names it.</exception>
    public static IReadOnlyList<int> Choose(CatalogSnapshot catalog, IReadOnlyCollection<string> patterns, bool metadata, bool all)
    {
        var compiled = patterns.Select(pattern => (Text: pattern, Pattern: new PathPattern(pattern))).ToList();
        var matched = new bool[compiled.Count];
        var chosen = new List<int>();
        for (var file = 0; file < catalog.FileCount; file++)
        {
            var path = catalog.Path(catalog.NodeOf(file));
            var wanted = all || (metadata && !path.Contains('/'));
            for (var i = 0; i < compiled.Count; i++)
            {
                if (compiled[i].Pattern.IsMatch(path))
                {
                    wanted = matched[i] = true;
                }
            }

            if (wanted)
            {
                chosen.Add(file);
            }
        }

        var unmatched = Array.IndexOf(matched, false);
        return unmatched < 0
            ? chosen
            : throw new ArgumentException($"'{compiled[unmatched].Text}' matches no file of the data set. Paths are relative to its root, as 'mimic-cxr ls' shows them.");
    }
}
