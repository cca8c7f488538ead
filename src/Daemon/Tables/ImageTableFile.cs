using System.Runtime.InteropServices;
using System.Security.Cryptography;
using MimicCxr.Daemon.Catalog;

namespace MimicCxr.Daemon.Tables;

/// <summary>
/// Joined tables as one file of plain arrays (some 8 MB for all of MIMIC-CXR), so that a start reads them in a moment. Made from the list files and
/// of no account beside them: a file that is damaged, of another version or of other lists is ignored.
/// </summary>
internal static class ImageTableFile
{
    /// <summary>"MCXRTAB" and the version of this form; little-endian like all that follows.</summary>
    private const ulong Magic = 0x0001_4241_5452_5843;

    /// <summary>Writes a file, whole or not at all.</summary>
    /// <param name="path">The file.</param>
    /// <param name="images">What to write.</param>
    /// <param name="source">The fingerprint of the catalogue whose tables were read.</param>
    /// <exception cref="IOException">It cannot be written.</exception>
    public static void Write(string path, ImageTable images, ReadOnlySpan<byte> source)
    {
        using var bytes = new MemoryStream();
        using var writer = new BinaryWriter(bytes);
        writer.Write(Magic);
        writer.Write(images.Catalog.Fingerprint.Span);
        writer.Write(source);
        writer.Write(images.Count);
        foreach (var column in (Category[])[images.Views, images.Splits])
        {
            WriteNames(writer, column.Names);
            writer.Write(column.Codes);
        }

        Write(writer, images.Dates);
        Write(writer, images.Rows);
        Write(writer, images.Columns);
        writer.Write(images.Labelers.Count);
        foreach (var labeler in images.Labelers)
        {
            writer.Write(labeler.Name);
            WriteNames(writer, labeler.Labels);
            Write(writer, labeler.States);
        }

        writer.Write(images.Reports.Count);
        foreach (var report in images.Reports)
        {
            writer.Write(report.File);
            writer.Write(report.Rows);
            writer.Write(report.Foreign);
            writer.Write(report.Malformed);
        }

        writer.Write(SHA256.HashData(bytes.GetBuffer().AsSpan(0, (int)bytes.Length)));
        var partial = path + ".partial";
        using (var file = new FileStream(partial, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0))
        {
            bytes.WriteTo(file);
        }

        File.Move(partial, path, overwrite: true);
    }

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="catalog">The catalogue that the images must belong to.</param>
    /// <param name="source">The fingerprint of the catalogue whose tables must have been read.</param>
    /// <returns>Null when there is none that is whole, of this version and of these catalogues.</returns>
    public static ImageTable? TryRead(string path, CatalogSnapshot catalog, ReadOnlySpan<byte> source)
    {
        byte[] bytes;
        try
        {
            bytes = File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }

        var content = bytes.Length - SHA256.HashSizeInBytes;
        if (content < sizeof(ulong) || !SHA256.HashData(bytes.AsSpan(0, content)).AsSpan().SequenceEqual(bytes.AsSpan(content)))
        {
            return null;
        }

        // Whole as it was written: from here on only another version or other lists are possible.
        using var reader = new BinaryReader(new MemoryStream(bytes, 0, content));
        if (reader.ReadUInt64() != Magic
            || !reader.ReadBytes(SHA256.HashSizeInBytes).AsSpan().SequenceEqual(catalog.Fingerprint.Span)
            || !reader.ReadBytes(SHA256.HashSizeInBytes).AsSpan().SequenceEqual(source))
        {
            return null;
        }

        var images = new ImageTable(catalog);
        return reader.ReadInt32() == images.Count ? Read(reader, images) : null;
    }

    private static ImageTable Read(BinaryReader reader, ImageTable images)
    {
        foreach (var column in (Category[])[images.Views, images.Splits])
        {
            column.SetNames(ReadNames(reader));
            reader.BaseStream.ReadExactly(column.Codes);
        }

        Read(reader, images.Dates);
        Read(reader, images.Rows);
        Read(reader, images.Columns);
        images.Labelers = [.. Enumerable.Range(0, reader.ReadInt32()).Select(_ =>
        {
            var labeler = new Labeler(reader.ReadString(), ReadNames(reader), new uint[images.Count]);
            Read(reader, labeler.States);
            return labeler;
        })];
        images.Reports = [.. Enumerable.Range(0, reader.ReadInt32())
            .Select(_ => new TableReport(reader.ReadString(), reader.ReadInt64(), reader.ReadInt64(), reader.ReadInt64()))];
        return images;
    }

    private static void Write<T>(BinaryWriter writer, T[] array)
        where T : unmanaged => writer.Write(MemoryMarshal.AsBytes(array.AsSpan()));

    private static void Read<T>(BinaryReader reader, T[] array)
        where T : unmanaged => reader.BaseStream.ReadExactly(MemoryMarshal.AsBytes(array.AsSpan()));

    private static void WriteNames(BinaryWriter writer, IReadOnlyList<string> names)
    {
        writer.Write(names.Count);
        foreach (var name in names)
        {
            writer.Write(name);
        }
    }

    private static string[] ReadNames(BinaryReader reader) => [.. Enumerable.Range(0, reader.ReadInt32()).Select(_ => reader.ReadString())];
}
