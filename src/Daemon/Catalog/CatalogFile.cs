using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace MimicCxr.Daemon.Catalog;

/// <summary>
/// A catalogue as one file of plain arrays, so that a start reads 60 MB instead of building 677,000 nodes from rows. Made from
/// the index and of no account beside it: a file that is damaged, of another version or of another catalogue is ignored.
/// </summary>
internal static class CatalogFile
{
    /// <summary>"MCXRCAT" and the version of this form; little-endian like all that follows.</summary>
    private const ulong Magic = 0x0001_5441_4352_5843;

    /// <summary>Writes a file, whole or not at all.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    public static void Write(string path, CatalogArrays arrays)
    {
        var partial = path + ".partial";
        using (var file = new FileStream(partial, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0))
        using (var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256))
        {
            ReadOnlySpan<ulong> header = [Magic, (ulong)arrays.Parent.Length, (ulong)arrays.NodeOfFile.Length, (ulong)arrays.Names.Length];
            Put(MemoryMarshal.AsBytes(header));
            ForEachArray(arrays, bytes => Put(bytes));
            file.Write(hash.GetHashAndReset());

            void Put(ReadOnlySpan<byte> bytes)
            {
                file.Write(bytes);
                hash.AppendData(bytes);
            }
        }

        File.Move(partial, path, overwrite: true);
    }

    /// <summary>Reads a file.</summary>
    /// <returns>Null when there is none that is whole and of this version.</returns>
    public static CatalogArrays? TryRead(string path)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
            return Read(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static CatalogArrays? Read(FileStream file)
    {
        var header = new ulong[4];
        file.ReadExactly(MemoryMarshal.AsBytes(header.AsSpan()));
        var (nodes, files, names) = (header[1], header[2], header[3]);
        if (header[0] != Magic || nodes > int.MaxValue / 8 || files > nodes || names > int.MaxValue || file.Length != LengthOf(nodes, files, names))
        {
            // Checked before memory is taken: a damaged header may ask for any amount.
            return null;
        }

        var arrays = new CatalogArrays
        {
            Names = new byte[names],
            NameStart = new int[nodes + 1],
            Parent = new int[nodes],
            FirstChild = new int[nodes],
            ChildCount = new int[nodes],
            Subdirectories = new int[nodes],
            NodeOfFile = new int[files],
            Sha256 = new byte[files * PathList.HashSize],
            HasSha256 = new bool[files],
            Fingerprint = new byte[SHA256.HashSizeInBytes],
        };
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(MemoryMarshal.AsBytes(header.AsSpan()));
        ForEachArray(arrays, bytes =>
        {
            file.ReadExactly(bytes);
            hash.AppendData(bytes);
        });

        var expected = new byte[SHA256.HashSizeInBytes];
        file.ReadExactly(expected);
        return hash.GetHashAndReset().AsSpan().SequenceEqual(expected) ? arrays : null;
    }

    /// <summary>Bytes of a whole file: the header, five arrays by node, those by file, fingerprint and checksum.</summary>
    private static long LengthOf(ulong nodes, ulong files, ulong names) => (long)(
        (4 * sizeof(ulong)) + names + (((nodes * 5) + 1) * sizeof(int))
        + (files * (sizeof(int) + PathList.HashSize + sizeof(bool))) + (2 * SHA256.HashSizeInBytes));

    /// <summary>The arrays in the order in which they stand in the file.</summary>
    private static void ForEachArray(CatalogArrays arrays, Action<Span<byte>> action)
    {
        action(arrays.Names);
        action(MemoryMarshal.AsBytes(arrays.NameStart.AsSpan()));
        action(MemoryMarshal.AsBytes(arrays.Parent.AsSpan()));
        action(MemoryMarshal.AsBytes(arrays.FirstChild.AsSpan()));
        action(MemoryMarshal.AsBytes(arrays.ChildCount.AsSpan()));
        action(MemoryMarshal.AsBytes(arrays.Subdirectories.AsSpan()));
        action(MemoryMarshal.AsBytes(arrays.NodeOfFile.AsSpan()));
        action(arrays.Sha256);
        action(MemoryMarshal.AsBytes(arrays.HasSha256.AsSpan()));
        action(arrays.Fingerprint);
    }
}
