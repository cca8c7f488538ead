using Microsoft.Win32.SafeHandles;

namespace MimicCxr.Daemon.Cache;

/// <summary>Takes what a packed file holds, in order: into a file, or only to count it.</summary>
/// <param name="to">Where the bytes go; null for nowhere.</param>
/// <param name="most">Bytes that there may be.</param>
/// <param name="tooMany">The error where there are more.</param>
/// <param name="stopping">Ends it.</param>
internal sealed class UnpackedBytes(SafeFileHandle? to, long most, Func<CacheException> tooMany, CancellationToken stopping)
{
    /// <summary>Bytes so far.</summary>
    public long Length { get; private set; }

    /// <summary>Takes the next bytes.</summary>
    /// <exception cref="CacheException">They are more than there may be.</exception>
    /// <exception cref="IOException">The disk is full, or failed.</exception>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        stopping.ThrowIfCancellationRequested();
        if (bytes.Length > most - Length)
        {
            throw tooMany();
        }

        if (to is not null)
        {
            RandomAccess.Write(to, bytes, Length);
        }

        Length += bytes.Length;
    }
}
