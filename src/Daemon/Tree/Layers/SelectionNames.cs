using System.Text;
using MimicCxr.Daemon.Tables;

namespace MimicCxr.Daemon.Tree.Layers;

/// <summary>The names of folders that selections have in common, as bytes. What cannot be the name of a folder, or is one already, is null.</summary>
internal sealed class SelectionNames(ImageTable images)
{
    private const int MostBytes = 255;

    /// <summary>By number of <see cref="LabelState"/>.</summary>
    public static readonly byte[][] States = ["not-mentioned"u8.ToArray(), "positive"u8.ToArray(), "negative"u8.ToArray(), "uncertain"u8.ToArray()];

    /// <summary>By column.</summary>
    public byte[]?[] Labels { get; } = Folders(images.LabelColumns);

    /// <summary>By code of <see cref="ImageTable.Splits"/>; images without a split are in <c>none</c>, as they are called in queries.</summary>
    public byte[]?[] Splits { get; } = Folders(images.Splits.Names.Select(name => name.Length == 0 ? "none" : name));

    /// <summary>By column: the labeler and its label.</summary>
    public (int Labeler, int Label)[] Columns { get; } =
        [.. images.Labelers.SelectMany((labeler, i) => Enumerable.Range(0, labeler.Labels.Count).Select(label => (i, label)))];

    private static byte[]?[] Folders(IEnumerable<string> names)
    {
        var seen = new HashSet<string>();
        return [.. names.Select(name => IsName(name) && seen.Add(name) ? Encoding.UTF8.GetBytes(name) : null)];
    }

    private static bool IsName(string name) =>
        name is not ("" or "." or "..") && name.AsSpan().IndexOfAny('/', '\0') < 0 && Encoding.UTF8.GetByteCount(name) <= MostBytes;
}
