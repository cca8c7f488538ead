namespace MimicCxr.Daemon.Origin;

/// <summary>
/// Takes the bytes of one file, or of a range of one, as they arrive. So that what downloads knows nothing of what keeps: retries and resumed
/// ranges happen on the other side and show here as nothing, or as <see cref="Restart"/>.
/// </summary>
internal interface IFetchSink
{
    /// <summary>Completes when a reader comes to wait for what a job fetches, which makes it urgent; null where that never happens.</summary>
    Task? Urgent => null;

    /// <summary>Called once, before the first byte, with the length of the whole file in bytes. May wait for room.</summary>
    ValueTask BeginAsync(long length, CancellationToken cancellationToken);

    /// <summary>
    /// Where bytes from this offset on may be received at once, so that nobody has to copy them: <see cref="Write"/> is told of them
    /// afterwards, with this very memory. What is in it until then does not matter. The same sink always has some, or never.
    /// </summary>
    /// <param name="offset">In the file; of a byte that was not written yet, and before the end of what is wanted.</param>
    /// <returns>Some bytes, or none where the sink has no memory of its own.</returns>
    Memory<byte> RoomAt(long offset) => default;

    /// <summary>
    /// Some bytes, at their offset in the file; the memory is the caller's again when this returns. Each byte comes once, but not in order
    /// where several connections bring them, and from several threads at a time.
    /// </summary>
    void Write(long offset, ReadOnlySpan<byte> bytes);

    /// <summary>The file, or range, begins again from its first byte, with the same length. Never while a write is under way.</summary>
    void Restart();
}
