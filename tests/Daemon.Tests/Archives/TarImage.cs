using System.Formats.Tar;
using System.IO.Compression;

namespace MimicCxr.Daemon.Tests.Archives;

/// <summary>Writes <c>.tar.gz</c> archives.</summary>
internal static class TarImage
{
    /// <summary>An archive of files.</summary>
    /// <param name="files">Their paths and bytes.</param>
    /// <param name="format">The kind of headers.</param>
    public static byte[] Of(IEnumerable<(string Name, byte[] Bytes)> files, TarEntryFormat format = TarEntryFormat.Ustar)
    {
        using var tar = new MemoryStream();
        using (var writer = new TarWriter(tar, format, leaveOpen: true))
        {
            foreach (var (name, bytes) in files)
            {
                TarEntry entry = format switch
                {
                    TarEntryFormat.Pax => new PaxTarEntry(TarEntryType.RegularFile, name),
                    TarEntryFormat.Gnu => new GnuTarEntry(TarEntryType.RegularFile, name),
                    TarEntryFormat.V7 => new V7TarEntry(TarEntryType.V7RegularFile, name),
                    _ => new UstarTarEntry(TarEntryType.RegularFile, name),
                };
                using var content = new MemoryStream(bytes);
                entry.DataStream = content;
                writer.WriteEntry(entry);
            }
        }

        return Gzip(tar.ToArray());
    }

    /// <summary>Bytes as gzip packs them.</summary>
    public static byte[] Gzip(byte[] bytes)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            gzip.Write(bytes);
        }

        return packed.ToArray();
    }

    /// <summary>What gzip packed.</summary>
    public static byte[] Gunzip(byte[] packed)
    {
        using var gzip = new GZipStream(new MemoryStream(packed), CompressionMode.Decompress);
        using var bytes = new MemoryStream();
        gzip.CopyTo(bytes);
        return bytes.ToArray();
    }

    /// <summary>The archive with another header for its first file, whose checksum is right.</summary>
    public static byte[] WithHeader(byte[] archive, Action<byte[]> change)
    {
        var tar = Gunzip(archive);
        change(tar);
        tar.AsSpan(148, 8).Fill((byte)' ');
        var sum = tar.Take(512).Sum(value => value);
        System.Text.Encoding.ASCII.GetBytes(Convert.ToString(sum, 8).PadLeft(6, '0') + "\0 ").CopyTo(tar, 148);
        return Gzip(tar);
    }
}
