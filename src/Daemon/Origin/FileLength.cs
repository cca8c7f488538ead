namespace MimicCxr.Daemon.Origin;

/// <summary>A file of a directory page and its length in bytes.</summary>
internal readonly record struct FileLength(string Name, long Length);
