using System.Buffers.Text;
using MimicCxr.Daemon.Cache;

namespace MimicCxr.Daemon.Archives;

/// <summary>
/// Reads the files of a tar in order (POSIX.1-2017, pax, "ustar Interchange Format"), in bounded memory: the library's reader takes as much as an
/// extended header says that it is long.
/// </summary>
/// <param name="tar">The archive.</param>
internal sealed class TarReader(Stream tar)
{
    private const int BlockSize = 512;

    /// <summary>Bytes of an archive; ten times what all reports of mimic-cxr take. What goes on for ever ends here.</summary>
    private const long MostBytes = 4L << 30;

    private const int LongestExtendedHeader = 32 * 1024;

    private readonly byte[] _header = new byte[BlockSize];
    private readonly byte[] _passed = new byte[32 * 1024];
    private long _read;
    private long _left; // of the file and what fills its last block
    private long _unread; // of the file

    /// <summary>What an archive that cannot be right ends with.</summary>
    public static CacheException Damaged(string how) => new(
        CacheError.Damaged, $"The .tar.gz archive of reports is what the origin has, but {how}. Its bytes as they are can be read under its own name.");

    /// <summary>Goes to the next file, and at the end of the archive reads all that follows: a cut or wrong .gz shows only there.</summary>
    /// <param name="name">The file's path.</param>
    /// <param name="length">Its length in bytes.</param>
    /// <returns>False where there is none.</returns>
    /// <exception cref="CacheException">The archive is damaged.</exception>
    public bool TryNext(out ReadOnlySpan<byte> name, out long length)
    {
        byte[]? longName = null;
        while (true)
        {
            PassFile();
            Fill(_header);
            if (!_header.AsSpan().ContainsAnyExcept((byte)0))
            {
                PassAll();
                name = default;
                length = 0;
                return false;
            }

            length = ReadHeader();
            (_unread, _left) = (length, (length + BlockSize - 1) / BlockSize * BlockSize);
            switch (_header[156])
            {
                case (byte)'0' or 0:
                    name = longName ?? Name();
                    return true;
                case (byte)'L': // of GNU: the name of the file that follows
                    longName = Text(ReadExtended(length)).ToArray();
                    break;
                case (byte)'x': // pax: records about it
                    longName = PathIn(ReadExtended(length)) ?? longName;
                    break;
                case (byte)'g' or (byte)'K':
                    break;
                default:
                    longName = null;
                    break;
            }
        }
    }

    /// <summary>Reads the next bytes of the file.</summary>
    /// <exception cref="CacheException">The archive is damaged.</exception>
    public void Read(Span<byte> destination)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(destination.Length, _unread);
        Fill(destination);
        _unread -= destination.Length;
        _left -= destination.Length;
    }

    private static long Octal(ReadOnlySpan<byte> field)
    {
        var digits = field.Trim(" \0"u8);
        long number = 0;
        foreach (var digit in digits)
        {
            number = digit is >= (byte)'0' and <= (byte)'7' ? (number * 8) + (digit - '0') : throw Damaged("it is no tar archive, or a damaged one");
        }

        return number;
    }

    /// <summary>The path among records, each <c>LENGTH KEY=VALUE</c> and a line feed, all of which counts.</summary>
    /// <returns>Null where there is none.</returns>
    private static byte[]? PathIn(ReadOnlySpan<byte> records)
    {
        byte[]? path = null;
        while (!records.IsEmpty)
        {
            if (!Utf8Parser.TryParse(records, out int length, out var digits) || length <= digits + 1 || length > records.Length)
            {
                throw Damaged("an extended header in it cannot be read");
            }

            var record = records[(digits + 1)..(length - 1)];
            if (record.StartsWith("path="u8))
            {
                path = record["path="u8.Length..].ToArray();
            }
            else if (record.StartsWith("size="u8))
            {
                throw Damaged("a file in it is larger than any report");
            }

            records = records[length..];
        }

        return path;
    }

    private static ReadOnlySpan<byte> Text(ReadOnlySpan<byte> field) => field.IndexOf((byte)0) is >= 0 and var end ? field[..end] : field;

    /// <summary>Checks the header.</summary>
    /// <returns>How many bytes follow.</returns>
    private long ReadHeader()
    {
        var sum = 8 * ' ';
        for (var i = 0; i < BlockSize; i++)
        {
            sum += i is >= 148 and < 156 ? 0 : _header[i];
        }

        return Octal(_header.AsSpan(148, 8)) == sum ? Octal(_header.AsSpan(124, 12)) : throw Damaged("it is no tar archive, or a damaged one");
    }

    private byte[] Name()
    {
        var name = Text(_header.AsSpan(0, 100));
        var prefix = _header.AsSpan(257, 6).SequenceEqual("ustar\0"u8) ? Text(_header.AsSpan(345, 155)) : [];
        return prefix.IsEmpty ? name.ToArray() : [.. prefix, (byte)'/', .. name];
    }

    private byte[] ReadExtended(long length)
    {
        if (length > LongestExtendedHeader)
        {
            throw Damaged($"it has an extended header of {length} bytes");
        }

        var bytes = new byte[length];
        Read(bytes);
        return bytes;
    }

    private void PassFile()
    {
        while (_left > 0)
        {
            var piece = _passed.AsSpan(0, (int)Math.Min(_left, _passed.Length));
            Fill(piece);
            _left -= piece.Length;
        }
    }

    private void PassAll()
    {
        for (int count; (count = tar.Read(_passed)) > 0;)
        {
            Count(count);
        }
    }

    private void Fill(Span<byte> destination)
    {
        var count = tar.ReadAtLeast(destination, destination.Length, throwOnEndOfStream: false);
        Count(count);
        if (count < destination.Length)
        {
            throw Damaged("it ends early");
        }
    }

    private void Count(int count)
    {
        _read += count;
        if (_read > MostBytes)
        {
            throw Damaged($"it unpacks to more than {MostBytes} bytes");
        }
    }
}
