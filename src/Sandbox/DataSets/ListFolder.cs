using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;

namespace MimicCxr.Sandbox.DataSets;

/// <summary>Writes list, table and text files at the top of a data set, and remembers their checksums.</summary>
internal sealed class ListFolder(string folder)
{
    /// <summary>When every file of the data set was last changed.</summary>
    public static readonly DateTime FileTime = new(2024, 3, 12, 12, 0, 0, DateTimeKind.Utc);

    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false);

    /// <summary>SHA-256 of every file written, by name, in byte order.</summary>
    public SortedDictionary<string, byte[]> Checksums { get; } = new(StringComparer.Ordinal);

    /// <summary>Writes lines, each ended by a line feed.</summary>
    public Task WriteLinesAsync(string name, IEnumerable<string> lines, CancellationToken cancellationToken) =>
        WriteAsync(name, stream => WriteLinesAsync(stream, lines, cancellationToken), cancellationToken);

    /// <summary>Writes lines into a gzip file, as they come.</summary>
    public Task WriteGzipAsync(string name, IEnumerable<string> lines, CancellationToken cancellationToken) =>
        WriteAsync(
            name,
            async stream =>
            {
                // .NET writes no time of its own into the header, so the same lines make the same file.
                await using var gzip = new GZipStream(stream, CompressionLevel.Fastest, leaveOpen: true);
                await WriteLinesAsync(gzip, lines, cancellationToken).ConfigureAwait(false);
            },
            cancellationToken);

    /// <summary>Writes a file by whatever <paramref name="write"/> puts into the stream.</summary>
    public async Task WriteAsync(string name, Func<Stream, Task> write, CancellationToken cancellationToken)
    {
        var path = Path.Combine(folder, name);
        await using (var stream = File.Create(path, bufferSize: 64 * 1024))
        {
            await write(stream).ConfigureAwait(false);
        }

        File.SetLastWriteTimeUtc(path, FileTime);
        await using var written = File.OpenRead(path);
        Checksums[name] = await SHA256.HashDataAsync(written, cancellationToken).ConfigureAwait(false);
    }

    private static async Task WriteLinesAsync(Stream stream, IEnumerable<string> lines, CancellationToken cancellationToken)
    {
        await using var writer = new StreamWriter(stream, Utf8, bufferSize: 32 * 1024, leaveOpen: true) { NewLine = "\n" };
        foreach (var line in lines)
        {
            cancellationToken.ThrowIfCancellationRequested();
            await writer.WriteLineAsync(line).ConfigureAwait(false);
        }
    }
}
