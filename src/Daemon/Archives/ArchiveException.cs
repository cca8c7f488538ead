namespace MimicCxr.Daemon.Archives;

/// <summary>An archive is damaged, or of a kind that is not read. The message says which, and names no member.</summary>
internal sealed class ArchiveException(string message, Exception? innerException = null) : Exception(message, innerException);
