using System.IO.Compression;
using MimicCxr.Daemon.Archives.Zip;
using MimicCxr.Daemon.Cache;

namespace MimicCxr.Daemon.Archives;

/// <summary>Makes a zip of what a <c>.tar.gz</c> of reports has below <c>files/</c>: each text packed by itself, so that it can be read alone.</summary>
internal sealed class ReportRepacking : IUnpacking
{
    /// <summary>The one there is.</summary>
    public static readonly ReportRepacking Instance = new();

    /// <summary>A report has a few thousand bytes at most; each is in memory while it is packed.</summary>
    private const int LongestReport = 4 << 20;

    private ReportRepacking()
    {
    }

    /// <summary>With the release of .NET in it, which decides how texts are packed.</summary>
    public string Form { get; } = $"zip of tar, 1, {Environment.Version}";

    /// <inheritdoc/>
    public void Unpack(Stream packed, UnpackedBytes to)
    {
        using var content = new GZipStream(packed, CompressionMode.Decompress, leaveOpen: true);
        var tar = new TarReader(content);
        using var zip = new ZipWriter(to);
        var text = new byte[16 * 1024];
        while (tar.TryNext(out var path, out var length))
        {
            var name = WithoutTop(path);
            if (!name.StartsWith("files/"u8))
            {
                continue;
            }

            if (length > LongestReport)
            {
                throw TarReader.Damaged($"a text in it is said to have {length} bytes; up to {LongestReport} are read");
            }

            if (length > text.Length)
            {
                text = new byte[length];
            }

            var report = text.AsSpan(0, (int)length);
            tar.Read(report);
            if (!zip.TryAdd(name, report))
            {
                throw TarReader.Damaged("it holds more than any archive of reports");
            }
        }

        if (zip.Count == 0)
        {
            throw TarReader.Damaged("it holds no reports below files/");
        }

        zip.End();
    }

    /// <summary>The path as the zip has it, however the archive was made: <c>files/p10/...</c>.</summary>
    private static ReadOnlySpan<byte> WithoutTop(ReadOnlySpan<byte> name)
    {
        while (name.StartsWith("./"u8))
        {
            name = name[2..];
        }

        return name.StartsWith("mimic-cxr-reports/"u8) ? name["mimic-cxr-reports/"u8.Length..] : name;
    }
}
