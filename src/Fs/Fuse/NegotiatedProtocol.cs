namespace MimicCxr.Fs.Fuse;

/// <summary>What kernel and session agreed on in INIT.</summary>
/// <param name="Minor">Minor version of the protocol.</param>
/// <param name="NoOpen">The kernel opens files without asking once OPEN was answered ENOSYS.</param>
/// <param name="NoOpenDirectory">The same for directories.</param>
/// <param name="HasResend">A successor may have the requests that were not answered sent again.</param>
/// <param name="Passthrough">Files may be opened with a backing file, by those who have the privilege.</param>
internal sealed record NegotiatedProtocol(uint Minor, bool NoOpen, bool NoOpenDirectory, bool HasResend, bool Passthrough);
