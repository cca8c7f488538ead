namespace MimicCxr.Daemon.Origin;

/// <summary>The end of a file.</summary>
/// <param name="Version">The version of the file, which tells its length.</param>
/// <param name="Bytes">Its last bytes.</param>
internal sealed record FileTail(FileVersion Version, byte[] Bytes);
