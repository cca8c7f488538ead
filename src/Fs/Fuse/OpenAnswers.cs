namespace MimicCxr.Fs.Fuse;

/// <summary>How a session answers OPEN and OPENDIR.</summary>
/// <param name="NoOpen">OPEN is answered ENOSYS, and the kernel then opens files by itself.</param>
/// <param name="NoOpenDirectory">The same for directories.</param>
/// <param name="Passthrough">Set in mode passthrough: OPEN gets a backing file.</param>
internal sealed record OpenAnswers(bool NoOpen, bool NoOpenDirectory, PassthroughOpening? Passthrough = null);
