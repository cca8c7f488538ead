using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using MimicCxr.Daemon.Archives.Zip;

namespace MimicCxr.Daemon.Tests.Archives;

/// <summary>Writes zips as a test wants them, right or wrong (APPNOTE.TXT, 4.3), larger and stranger than a library would.</summary>
#pragma warning disable CA1001 // Streams in memory hold nothing that must be let go.
internal sealed class ZipImage
#pragma warning restore CA1001
{
    /// <summary>As many as mimic-cxr has reports.</summary>
    public const int AllReports = 227_835;

    private readonly MemoryStream _bytes = new();
    private readonly MemoryStream _directory = new();
    private int _count;

    /// <summary>What is known of the next member's directory entry, after which a test may change it.</summary>
    public Func<ZipEntry, ZipEntry> Listed { get; set; } = entry => entry;

    /// <summary>Whether large numbers stand in zip64 fields, though they need not.</summary>
    public bool Zip64 { get; init; }

    /// <summary>The members' paths, in the order of the archive.</summary>
    public List<string> Names { get; } = [];

    /// <summary>All reports of a collection of that size, in path order; short texts that differ, not packed, which is faster to make.</summary>
    public static ZipImage Reports(int count = AllReports, bool inOrder = true)
    {
        var image = new ZipImage();
        var random = new Random(1);
        var names = Enumerable.Range(0, count).Select(NameOf).ToArray();
        if (!inOrder)
        {
            random.Shuffle(names);
        }

        foreach (var name in names)
        {
            image.Add(name, TextOf(name), CompressionLevel.NoCompression);
        }

        return image;
    }

    /// <summary>The path of a report by its rank: three studies a patient.</summary>
    public static string NameOf(int rank) => $"files/p{10 + (rank / 22_784)}/p{10_000_000 + (rank / 3 * 131)}/s{50_000_000 + (rank * 43)}.txt";

    /// <summary>What a member of that path holds: 300 to 700 bytes.</summary>
    public static byte[] TextOf(string name)
    {
        var bytes = new byte[300 + (name[^5] * 8 % 400)];
        new Random(name.Sum(c => c * 31)).NextBytes(bytes);
        Encoding.ASCII.GetBytes(name, bytes);
        return bytes;
    }

    public void Add(string name, byte[] content, CompressionLevel level = CompressionLevel.Fastest)
    {
        var packed = content;
        if (level != CompressionLevel.NoCompression)
        {
            using var stream = new MemoryStream();
            using (var deflate = new DeflateStream(stream, level, leaveOpen: true))
            {
                deflate.Write(content);
            }

            packed = stream.ToArray();
        }

        var method = level == CompressionLevel.NoCompression ? ZipMethod.Stored : ZipMethod.Deflated;
        var path = Encoding.UTF8.GetBytes(name);
        var entry = new ZipEntry(_bytes.Length, packed.Length, content.Length, Crc32.Of(content), method, 0);
        // An extra field that the directory does not have, as Info-ZIP writes.
        ReadOnlySpan<byte> extra = [0x55, 0x54, 1, 0, 0];
        Write(_bytes, 4, 0x04034b50);
        Write(_bytes, 2, 20, 0, (ushort)method, 0, 0);
        Write(_bytes, 4, entry.Crc32, entry.PackedLength, entry.Length);
        Write(_bytes, 2, path.Length, extra.Length);
        _bytes.Write(path);
        _bytes.Write(extra);
        _bytes.Write(packed);
        Names.Add(name);
        List(path, Listed(entry));
    }

    /// <summary>The archive.</summary>
    public byte[] ToArray(string comment = "", Func<ZipEnd, ZipEnd>? change = null)
    {
        var end = new ZipEnd(_bytes.Length, (int)_directory.Length, _count);
        end = change?.Invoke(end) ?? end;
        using var all = new MemoryStream();
        _bytes.WriteTo(all);
        _directory.WriteTo(all);
        if (Zip64 || end.Count > ushort.MaxValue)
        {
            var at = all.Length;
            Write(all, 4, 0x06064b50);
            Write(all, 8, 44);
            Write(all, 2, 45, 45);
            Write(all, 4, 0, 0);
            Write(all, 8, end.Count, end.Count, end.DirectoryLength, end.DirectoryOffset);
            Write(all, 4, 0x07064b50, 0);
            Write(all, 8, at);
            Write(all, 4, 1);
        }

        var hasZip64 = Zip64 || end.Count > ushort.MaxValue;
        Write(all, 4, 0x06054b50);
        Write(all, 2, 0, 0, hasZip64 ? ushort.MaxValue : end.Count, hasZip64 ? ushort.MaxValue : end.Count);
        Write(all, 4, hasZip64 ? uint.MaxValue : end.DirectoryLength, hasZip64 ? uint.MaxValue : end.DirectoryOffset);
        Write(all, 2, comment.Length);
        all.Write(Encoding.ASCII.GetBytes(comment));
        return all.ToArray();
    }

    private void List(byte[] path, ZipEntry entry)
    {
        _count++;
        var isLarge = Zip64 || Math.Max(entry.Length, Math.Max(entry.PackedLength, entry.Offset)) >= uint.MaxValue;
        Write(_directory, 4, 0x02014b50);
        Write(_directory, 2, 20, 20, entry.Flags, (ushort)entry.Method, 0, 0);
        Write(_directory, 4, entry.Crc32, isLarge ? uint.MaxValue : entry.PackedLength, isLarge ? uint.MaxValue : entry.Length);
        Write(_directory, 2, path.Length, isLarge ? 5 + 28 : 5, 0, 0, 0);
        Write(_directory, 4, 0, isLarge ? uint.MaxValue : entry.Offset);
        _directory.Write(path);
        Write(_directory, 2, 0x5455, 1);
        Write(_directory, 1, 0);
        if (isLarge)
        {
            Write(_directory, 2, 1, 24);
            Write(_directory, 8, entry.Length, entry.PackedLength, entry.Offset);
        }
    }

    private static void Write(Stream stream, int size, params ReadOnlySpan<long> values)
    {
        Span<byte> bytes = stackalloc byte[8];
        foreach (var value in values)
        {
            BinaryPrimitives.WriteInt64LittleEndian(bytes, value);
            stream.Write(bytes[..size]);
        }
    }
}
