using MimicCxr.Daemon.Catalog;

namespace MimicCxr.Daemon.Prefetch;

/// <summary>
/// Gathers the files that a request means. A path is looked up in the catalogue, so a list of all images takes a second; only
/// globs are held against every path, all of them in one pass at the end.
/// </summary>
internal sealed class FileChoice(CatalogSnapshot catalog, DataSetId dataSet, PathSpelling spelling)
{
    /// <summary>Each is tried on each path.</summary>
    private const int MostGlobs = 100;

    /// <summary>Enough to see what is wrong with a list.</summary>
    private const int UnknownNamed = 5;

    private readonly FileSet _files = new(catalog.FileCount);
    private readonly HashSet<int> _directories = []; // marked already, with all below
    private readonly List<(string Text, PathPattern Pattern)> _globs = [];
    private readonly List<string> _unknown = []; // the first ones
    private readonly List<string> _words = [];
    private long _unknownCount;
    private long _pathCount;
    private string _firstPath = "";

    /// <summary>A path or glob; a directory stands for everything below it.</summary>
    /// <exception cref="ArgumentException">It is no pattern, lies in another data set, or is one glob too many.</exception>
    public void Add(string text)
    {
        _firstPath = _pathCount++ == 0 ? text : _firstPath;
        var path = spelling.Relative(text);
        if (catalog.TryResolve(path, out var node))
        {
            Mark(node);
        }
        else if (path.AsSpan().IndexOfAny("*?[") < 0)
        {
            NoteUnknown(text);
        }
        else if (_globs.Count < MostGlobs)
        {
            _globs.Add((text, new PathPattern(path)));
        }
        else
        {
            throw new ArgumentException($"These are more than {MostGlobs} globs. Use wider ones, or a list of paths.");
        }
    }

    /// <summary>Files that have a name of their own.</summary>
    public void Add(FileSet files, string words)
    {
        _words.Add(words);
        foreach (var file in files)
        {
            _files.Add(file);
        }
    }

    /// <summary>Every file.</summary>
    public void AddAll()
    {
        _words.Add("everything");
        Mark(0);
    }

    /// <summary>List and table files: those beside the images, but for the archive of reports.</summary>
    public void AddMetadata()
    {
        _words.Add("metadata");
        foreach (var (node, isReports) in RootFiles())
        {
            if (!isReports)
            {
                Mark(node);
            }
        }
    }

    /// <summary>The archive of reports.</summary>
    /// <exception cref="ArgumentException">This data set has none.</exception>
    public void AddReports()
    {
        _words.Add("reports");
        var reports = RootFiles().Where(file => file.IsReports).ToList();
        if (reports.Count == 0)
        {
            throw new ArgumentException(DataSetDefinition.Find(new DataSetId("mimic-cxr", dataSet.Version)) is { Id: var owner }
                ? $"{dataSet} has no reports; those of {owner} are a job of their own: 'mimic-cxr prefetch --dataset {owner} --reports'."
                : $"{dataSet} has no archive of reports.");
        }

        reports.ForEach(file => Mark(file.Node));
    }

    /// <summary>What was gathered, and a few words that say so.</summary>
    /// <exception cref="ArgumentException">Some paths or globs mean no file; the message names the first and counts them.</exception>
    public (FileSet Files, string Description) Finish()
    {
        MatchGlobs();
        if (_unknownCount > 0)
        {
            throw new ArgumentException(
                (_unknownCount == 1 ? $"'{_unknown[0]}' matches no file of {dataSet}"
                    : $"{_unknownCount} of {_pathCount} paths match no file of {dataSet}: '{string.Join("', '", _unknown)}'{(_unknownCount > _unknown.Count ? " and more" : "")}")
                + ". Nothing was started. Paths are relative to its root, as 'mimic-cxr ls' shows them.");
        }

        if (_pathCount > 0)
        {
            _words.Add(_pathCount == 1 ? _firstPath : $"{_pathCount} paths");
        }

        return (_files, string.Join(", ", _words));
    }

    private void MatchGlobs()
    {
        if (_globs.Count == 0)
        {
            return;
        }

        var matched = new bool[_globs.Count];
        for (var file = 0; file < catalog.FileCount; file++)
        {
            var path = catalog.Path(catalog.NodeOf(file));
            for (var i = 0; i < matched.Length; i++)
            {
                if (_globs[i].Pattern.IsMatch(path))
                {
                    matched[i] = true;
                    _files.Add(file);
                }
            }
        }

        for (var i = 0; i < matched.Length; i++)
        {
            if (!matched[i])
            {
                NoteUnknown(_globs[i].Text);
            }
        }
    }

    private void NoteUnknown(string text)
    {
        _unknownCount++;
        if (_unknown.Count < UnknownNamed)
        {
            _unknown.Add(text);
        }
    }

    private void Mark(int node)
    {
        if (!catalog.IsDirectory(node))
        {
            _files.Add(catalog.FileOf(node));
            return;
        }

        if (_directories.Add(node))
        {
            for (var i = 0; i < catalog.ChildCount(node); i++)
            {
                Mark(catalog.FirstChild(node) + i);
            }
        }
    }

    private IEnumerable<(int Node, bool IsReports)> RootFiles() =>
        Enumerable.Range(catalog.FirstChild(0), catalog.ChildCount(0))
            .Where(node => !catalog.IsDirectory(node))
            .Select(node => (node, catalog.Name(node).StartsWith("mimic-cxr-reports."u8)));
}
