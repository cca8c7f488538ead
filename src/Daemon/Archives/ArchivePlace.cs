namespace MimicCxr.Daemon.Archives;

/// <summary>An archive that is a data set.</summary>
/// <param name="DataSet"><c>SLUG/VERSION</c></param>
/// <param name="List">The name of the list among the data set's files.</param>
/// <param name="Path">What the archive is asked for as.</param>
/// <param name="Kept">The file that keeps its directory for later runs.</param>
internal sealed record ArchivePlace(string DataSet, string List, string Path, string Kept);
