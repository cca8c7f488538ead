using System.Buffers;
using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using MimicCxr.Daemon.Catalog;

namespace MimicCxr.Daemon.Cache;

/// <summary>
/// Names a blob in the spool: the first half of the SHA-256 of <c>SLUG/VERSION/PATH</c>. So a spool file is found again
/// whatever became of the index, and its name tells nobody which image it is.
/// </summary>
/// <param name="High">Its first 64 bits; not a UInt128, since nothing that touches one is precompiled (its layout is not fixed yet).</param>
/// <param name="Low">The other 64.</param>
internal readonly record struct SpoolKey(ulong High, ulong Low)
{
    /// <summary>The key of a file of a catalogue.</summary>
    public static SpoolKey Of(DataSetId dataSet, CatalogSnapshot catalog, int node) => Of(dataSet, catalog, node, default);

    /// <summary>The key of what a packed file of a catalogue holds.</summary>
    /// <param name="dataSet">The data set.</param>
    /// <param name="catalog">Its catalogue.</param>
    /// <param name="node">The packed file.</param>
    /// <param name="sha256">The checksum of its bytes; empty where none is known.</param>
    /// <param name="form">What is made of it, of all that can be.</param>
    public static SpoolKey OfUnpacked(DataSetId dataSet, CatalogSnapshot catalog, int node, ReadOnlySpan<byte> sha256, string form) =>
        // No path has a NUL.
        Of(dataSet, catalog, node, [.. Encoding.UTF8.GetBytes($"\0{form}\0"), .. sha256]);

    private static SpoolKey Of(DataSetId dataSet, CatalogSnapshot catalog, int node, ReadOnlySpan<byte> suffix)
    {
        var prefix = dataSet.ToString();
        var buffer = ArrayPool<byte>.Shared.Rent(prefix.Length + 1 + catalog.PathLength(node) + suffix.Length);
        var length = Encoding.UTF8.GetBytes(prefix, buffer);
        buffer[length++] = (byte)'/';
        length += catalog.WritePath(node, buffer.AsSpan(length));
        suffix.CopyTo(buffer.AsSpan(length));
        length += suffix.Length;
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(buffer.AsSpan(0, length), hash);
        ArrayPool<byte>.Shared.Return(buffer);
        return new SpoolKey(BinaryPrimitives.ReadUInt64BigEndian(hash), BinaryPrimitives.ReadUInt64BigEndian(hash[sizeof(ulong)..]));
    }

    /// <summary>Reads a spool file's name.</summary>
    public static bool TryParse(string name, [NotNullWhen(true)] out SpoolKey? key)
    {
        key = name.Length == 32 && TryParseHalf(name.AsSpan(0, 16), out var high) && TryParseHalf(name.AsSpan(16), out var low)
            ? new SpoolKey(high, low)
            : null;
        return key is not null;
    }

    /// <summary>The spool file's name: 32 hexadecimal digits.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{High:x16}{Low:x16}");

    private static bool TryParseHalf(ReadOnlySpan<char> digits, out ulong half) =>
        ulong.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out half);
}
