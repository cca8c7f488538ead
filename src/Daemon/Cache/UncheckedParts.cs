using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;
using MimicCxr.Daemon.Origin;

namespace MimicCxr.Daemon.Cache;

/// <summary>
/// What readers may have got of a large file before it was here as a whole, which nothing listed can be held against: of which
/// version it is, and a fingerprint of each part. So the whole, once it is here and checked, tells whether they were right. All
/// members under <see cref="Blob.Changing"/>, unless they say otherwise. Some 200 bytes a file.
/// </summary>
internal sealed class UncheckedParts
{
    /// <summary>Length of a part, but for the last: what the kernel asks for when a program reads the beginning of a file.</summary>
    public const int PartLength = 256 * 1024;

    /// <summary>No parts, and none to come.</summary>
    public static readonly UncheckedParts None = new() { _isClosed = true };

    private volatile FileVersion? _version;
    private volatile bool _isClosed;
    private volatile bool _isContradicted;
    private Part[] _parts = [];

    /// <summary>The version that all parts are of; null before the first has arrived. Needs no lock.</summary>
    public FileVersion? Version => _version;

    /// <summary>Whether no part may be handed out any more. Needs no lock.</summary>
    public bool IsClosed => _isClosed;

    /// <summary>Whether readers may have got parts of two versions of the file, which no whole matches. Needs no lock.</summary>
    public bool IsContradicted => _isContradicted;

    /// <summary>How many parts were asked for.</summary>
    public int Count => _parts.Length;

    /// <summary>Whether a part was asked for.</summary>
    public bool Has(long part) => Array.Exists(_parts, known => known.Number == part);

    /// <summary>A part is asked for.</summary>
    public void Want(long part) => _parts = [.. _parts, new Part((int)part, null)];

    /// <summary>A part has arrived, and may be handed out when this returns true.</summary>
    /// <returns>False where it does not belong to what arrived before, or nothing is to be handed out any more.</returns>
    public bool TryArrive(long part, ReadOnlySpan<byte> bytes, FileVersion version)
    {
        if (_isClosed)
        {
            return false;
        }

        ref var known = ref _parts[Array.FindIndex(_parts, known => known.Number == part)];
        var fingerprint = FingerprintOf(bytes);
        if (_version?.DiffersFrom(version) == true || (known.Fingerprint is { } before && before != fingerprint))
        {
            Contradict();
            return false;
        }

        known = known with { Fingerprint = fingerprint };
        _version ??= version;
        return true;
    }

    /// <summary>The origin has another version than the one whose parts readers got.</summary>
    public void Contradict() => _isContradicted = _isClosed = true;

    /// <summary>From now on nothing is handed out: the whole is here, and will be held against what was.</summary>
    public void Close() => _isClosed = true;

    /// <summary>Whether readers got what the whole file has. Needs no lock once this is closed, when nothing changes any more.</summary>
    /// <exception cref="IOException">The disk failed.</exception>
    public async Task<bool> MatchAsync(SafeFileHandle whole)
    {
        Debug.Assert(_isClosed, "parts may be added while they are compared");
        var buffer = new byte[PartLength];
        foreach (var (number, fingerprint) in _parts)
        {
            if (fingerprint is not null)
            {
                var count = await RandomAccess.ReadAsync(whole, buffer, (long)number * PartLength).ConfigureAwait(false);
                if (FingerprintOf(buffer.AsSpan(0, count)) != fingerprint)
                {
                    return false;
                }
            }
        }

        return !_isContradicted;
    }

    /// <summary>Half of a SHA-256.</summary>
    private static UInt128 FingerprintOf(ReadOnlySpan<byte> bytes)
    {
        Span<byte> sha256 = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(bytes, sha256);
        return MemoryMarshal.Read<UInt128>(sha256);
    }

    /// <param name="Number">Counted from the beginning of the file.</param>
    /// <param name="Fingerprint">Null before it has arrived.</param>
    private readonly record struct Part(int Number, UInt128? Fingerprint);
}
