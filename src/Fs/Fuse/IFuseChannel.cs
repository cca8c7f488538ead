namespace MimicCxr.Fs.Fuse;

/// <summary>The way to the kernel: /dev/fuse, or a stand-in in tests. Safe from any thread.</summary>
internal interface IFuseChannel
{
    /// <summary>Waits for one request.</summary>
    /// <returns>Bytes of the request, or minus an error number.</returns>
    int Read(Span<byte> buffer);

    /// <summary>Waits until a request is there, without taking it.</summary>
    /// <param name="milliseconds">How long; -1 for ever, 0 not at all.</param>
    /// <returns>Whether there is one, or an error to be read.</returns>
    bool WaitReadable(int milliseconds);

    /// <summary>Sends one reply or notification whole.</summary>
    /// <returns><see cref="Errno.None"/>, or why the kernel did not take it.</returns>
    Errno Send(ReadOnlySpan<byte> message);
}
