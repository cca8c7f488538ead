using MimicCxr.Fs.Fuse;

namespace MimicCxr.Daemon.Tree;

/// <summary>A mounted data set.</summary>
/// <param name="Fuse">The mount.</param>
/// <param name="DataSet">What is mounted.</param>
internal sealed record Mounted(FuseMount Fuse, OpenDataSet DataSet)
{
    /// <summary>Lines for the user, on what it does not show or cannot give now although that was asked for.</summary>
    public IEnumerable<string> Notes => DataSet.Layers.Select(layer => layer.Note).OfType<string>();
}
