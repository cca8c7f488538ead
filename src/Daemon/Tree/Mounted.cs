using MimicCxr.Fs.Fuse;

namespace MimicCxr.Daemon.Tree;

/// <summary>A mounted data set.</summary>
/// <param name="Fuse">The mount.</param>
/// <param name="DataSet"><c>SLUG/VERSION</c></param>
internal sealed record Mounted(FuseMount Fuse, string DataSet);
