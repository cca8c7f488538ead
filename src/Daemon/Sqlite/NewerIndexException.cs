namespace MimicCxr.Daemon.Sqlite;

/// <summary>A newer version of this program wrote the index; it is left as it is.</summary>
internal sealed class NewerIndexException(string path, long version, long known) : Exception(
    $"The index {path} was written by a newer version of mimic-cxr (its tables are version {version}, this one knows {known}). "
    + "Run that version, or move the file away: all but its jobs is made again from the list files and the store.");
