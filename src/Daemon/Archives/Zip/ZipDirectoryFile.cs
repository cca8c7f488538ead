using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using MimicCxr.Daemon.Origin;

namespace MimicCxr.Daemon.Archives.Zip;

/// <summary>
/// The end of a zip, and its directory, written down so that later runs need not read them again: the version of the archive that it is of, the arrays as
/// they stand in memory, and a checksum over all of it. In the byte order of this machine, which is where it is read again.
/// </summary>
internal static class ZipDirectoryFile
{
    /// <summary>Begins each file; changes with what follows.</summary>
    private const ulong Magic = 0x3152_4944_5049_5a4d;

    private const int LongestTag = 1024;

    /// <summary>Writes the end of a zip and its directory (null: not known yet), whole or not at all.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    public static void Write(string path, FileVersion version, ZipEnd end, ZipDirectory? directory)
    {
        var partial = $"{path}.{Guid.NewGuid():N}.partial";
        var (names, nameStart, entries) = directory?.Arrays ?? ([], [0], []);
        var tag = Encoding.UTF8.GetBytes(version.ETag ?? "");
        using (var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256))
        using (var file = new FileStream(partial, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0))
        {
            long[] header = [(long)Magic, version.Length, end.DirectoryOffset, end.DirectoryLength, end.Count, entries.Length, names.Length, tag.Length];
            Put(MemoryMarshal.AsBytes(header.AsSpan()));
            Put(tag);
            Put(names);
            Put(MemoryMarshal.AsBytes(nameStart.AsSpan()));
            Put(MemoryMarshal.AsBytes(entries.AsSpan()));
            file.Write(hash.GetHashAndReset());

            void Put(ReadOnlySpan<byte> bytes)
            {
                file.Write(bytes);
                hash.AppendData(bytes);
            }
        }

        File.Move(partial, path, overwrite: true);
    }

    /// <summary>Reads what was written down; the directory is null where it was not known.</summary>
    /// <returns>Null when there is none that is whole and of this program's version.</returns>
    public static (FileVersion Version, ZipEnd End, ZipDirectory? Directory)? TryRead(string path)
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

    private static (FileVersion, ZipEnd, ZipDirectory?)? Read(FileStream file)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var header = new long[8];
        Get(header.AsSpan());
        if (header[0] != (long)Magic || header[3] is < 0 or > ZipEnd.LongestDirectory || Array.Exists(header, number => number < 0)
            || header[4] > header[3] / CentralHeader.FixedSize || header[5] > header[4] || header[6] > header[3] || header[7] > LongestTag
            || file.Length != LengthOf(header[5], header[6], header[7]))
        {
            // Checked before memory is taken: a damaged header may ask for any amount.
            return null;
        }

        var (tag, names, nameStart, entries) = (new byte[header[7]], new byte[header[6]], new int[header[5] + 1], new ZipEntry[header[5]]);
        Get(tag.AsSpan());
        Get(names.AsSpan());
        Get(nameStart.AsSpan());
        Get(entries.AsSpan());
        var expected = new byte[SHA256.HashSizeInBytes];
        file.ReadExactly(expected);
        return hash.GetHashAndReset().AsSpan().SequenceEqual(expected)
            ? (new FileVersion(header[1], tag.Length == 0 ? null : Encoding.UTF8.GetString(tag)),
                new ZipEnd(header[2], (int)header[3], (int)header[4]),
                entries.Length == 0 && header[4] > 0 ? null : new ZipDirectory(names, nameStart, entries))
            : null;

        void Get<T>(Span<T> values)
            where T : unmanaged
        {
            var bytes = MemoryMarshal.AsBytes(values);
            file.ReadExactly(bytes);
            hash.AppendData(bytes);
        }
    }

    private static long LengthOf(long members, long names, long tag) =>
        (8 * sizeof(long)) + tag + names + ((members + 1) * sizeof(int)) + (members * ZipEntry.Size) + SHA256.HashSizeInBytes;
}
