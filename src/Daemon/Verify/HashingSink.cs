using System.Security.Cryptography;
using MimicCxr.Daemon.Origin;

namespace MimicCxr.Daemon.Verify;

/// <summary>Hashes an object that the store delivers in order, and keeps nothing of it.</summary>
internal sealed class HashingSink : IFetchSink, IDisposable
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    /// <summary>Bytes of the object.</summary>
    public long Length { get; private set; }

    /// <inheritdoc/>
    public ValueTask BeginAsync(long length, CancellationToken cancellationToken)
    {
        // Again after a body that broke off.
        Restart();
        Length = length;
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public void Write(long offset, ReadOnlySpan<byte> bytes) => _hash.AppendData(bytes);

    /// <inheritdoc/>
    public void Restart() => _hash.GetHashAndReset();

    /// <summary>The checksum of what was delivered, in lower-case hexadecimal.</summary>
    public string Finish() => Convert.ToHexStringLower(_hash.GetHashAndReset());

    /// <inheritdoc/>
    public void Dispose() => _hash.Dispose();
}
