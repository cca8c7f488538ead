using System.Security.Cryptography;
using MimicCxr.Daemon.Origin;

namespace MimicCxr.Daemon.Cache;

/// <summary>Computes the SHA-256 of an object that the store delivers, in order, and keeps none of its bytes.</summary>
internal sealed class HashingSink : IFetchSink, IDisposable
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    /// <summary>Bytes of the object, once it has begun to arrive.</summary>
    public long Length { get; private set; }

    /// <inheritdoc/>
    public ValueTask BeginAsync(long length, CancellationToken cancellationToken)
    {
        Restart();
        Length = length;
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public void Write(long offset, ReadOnlySpan<byte> bytes) => _hash.AppendData(bytes);

    /// <inheritdoc/>
    public void Restart() => _hash.GetHashAndReset();

    /// <summary>The checksum of what was delivered.</summary>
    /// <returns>32 bytes.</returns>
    public byte[] Finish() => _hash.GetHashAndReset();

    /// <inheritdoc/>
    public void Dispose() => _hash.Dispose();
}
