namespace MimicCxr.Daemon.Archives;

/// <summary>The bytes of an archive, wherever they are: each call is a request. All of one version of it, or an error.</summary>
internal interface IRangeSource
{
    /// <summary>The last bytes of the archive, all of it where it is shorter, and its length.</summary>
    Task<(byte[] Bytes, long Length)> ReadTailAsync(int most, CancellationToken cancellationToken);

    /// <summary>Fills <paramref name="destination"/> with the bytes from an offset on.</summary>
    /// <exception cref="ArchiveException">The archive ends before.</exception>
    Task ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellationToken);
}
