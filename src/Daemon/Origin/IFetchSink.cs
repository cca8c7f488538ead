namespace MimicCxr.Daemon.Origin;

/// <summary>
/// Takes the bytes of one file as they arrive, in order. So that what downloads knows nothing of what keeps: retries
/// and resumed ranges happen on the other side and show here as nothing, or as <see cref="Restart"/>.
/// </summary>
internal interface IFetchSink
{
    /// <summary>Called once, before the first byte, with the length of the whole file in bytes. May wait for room.</summary>
    ValueTask BeginAsync(long length, CancellationToken cancellationToken);

    /// <summary>The next bytes; the memory is the caller's again when this returns.</summary>
    void Write(ReadOnlySpan<byte> bytes);

    /// <summary>The file begins again from its first byte, with a length that is the same or <see cref="BeginAsync"/>'s error.</summary>
    void Restart();
}
