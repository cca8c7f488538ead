namespace MimicCxr.Fs.Fuse;

/// <summary>The way to the kernel: /dev/fuse, or a stand-in in tests. Safe from any thread.</summary>
internal interface IFuseChannel
{
    /// <summary>Waits for one request.</summary>
    /// <returns>Bytes of the request, or minus an error number.</returns>
    int Read(Span<byte> buffer);

    /// <summary>Sends one reply or notification whole.</summary>
    /// <returns><see cref="Errno.None"/>, or why the kernel did not take it.</returns>
    Errno Send(ReadOnlySpan<byte> message);
}
