using System.Buffers;
using System.Buffers.Text;
using System.IO.Compression;
using System.IO.Pipelines;
using System.Text;

namespace MimicCxr.Daemon.Catalog;

/// <summary>
/// Reads the list files that come with a release, streamed: at 377,110 lines none is held in memory as a whole.
/// </summary>
internal static class ListFileReader
{
    /// <summary>No list has lines near this; what has is not a list.</summary>
    private const int LongestLine = 4096;

    /// <summary>Reads <c>SHA256SUMS.txt</c>: a checksum in hexadecimal, one blank (two in some releases), a path.</summary>
    /// <exception cref="InvalidDataException">A line has another form; the message has its number, not its text.</exception>
    public static Task ReadChecksumsAsync(Stream list, PathList into, CancellationToken cancellationToken) =>
        ReadLinesAsync(list, (line, number) => AddChecksum(line, number, into), cancellationToken);

    /// <summary>
    /// Reads a list of image paths: <c>IMAGE_FILENAMES</c> (a path a line) or <c>cxr-record-list.csv.gz</c> (the path is
    /// the last column; gzip, with a header).
    /// </summary>
    public static async Task ReadImagePathsAsync(Stream list, string name, PathList into, CancellationToken cancellationToken)
    {
        if (!name.EndsWith(".csv.gz", StringComparison.Ordinal))
        {
            await ReadLinesAsync(list, (line, _) => into.Add(line, default), cancellationToken).ConfigureAwait(false);
            return;
        }

        var plain = new GZipStream(list, CompressionMode.Decompress);
        await using (plain.ConfigureAwait(false))
        {
            await ReadLinesAsync(plain, (line, number) => AddLastColumn(line, number, into), cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Reads <c>CRC32SUMS.txt</c>: a checksum in hexadecimal, a blank, the length in bytes, a blank, a path.</summary>
    /// <exception cref="InvalidDataException">A line has another form; the message has its number, not its text.</exception>
    public static Task ReadArchiveListAsync(Stream list, PathList into, CancellationToken cancellationToken) =>
        ReadLinesAsync(list, (line, number) => AddMember(line, number, into), cancellationToken);

    private static void AddMember(ReadOnlySpan<byte> line, int number, PathList into)
    {
        const int Digits = 8;
        if (line.Length < Digits + 4 || line[Digits] != (byte)' '
            || !Utf8Parser.TryParse(line[..Digits], out uint _, out var digits, 'x') || digits != Digits
            || !Utf8Parser.TryParse(line[(Digits + 1)..], out long length, out var read) || length < 0
            || line[(Digits + 1 + read)..] is not [(byte)' ', _, ..])
        {
            throw new InvalidDataException($"Line {number} of {DataSetDefinition.ArchiveList} is not '<crc32> <length> <path>'.");
        }

        into.Add(line[(Digits + read + 2)..], default, length);
    }

    private static void AddChecksum(ReadOnlySpan<byte> line, int number, PathList into)
    {
        const int Digits = PathList.HashSize * 2;
        Span<byte> hash = stackalloc byte[PathList.HashSize];
        Span<char> hex = stackalloc char[Digits];
        if (line.Length < Digits + 2 || line[Digits] != (byte)' '
            || Encoding.ASCII.GetChars(line[..Digits], hex) != Digits
            || Convert.FromHexString(hex, hash, out _, out var written) != OperationStatus.Done || written != hash.Length)
        {
            throw new InvalidDataException($"Line {number} of {DataSetDefinition.ChecksumList} is not '<sha256> <path>'.");
        }

        // sha256sum itself writes two characters between: a blank and a blank or '*'.
        var path = line[(Digits + 1)..];
        path = path[0] is (byte)' ' or (byte)'*' ? path[1..] : path;
        into.Add(path.StartsWith("./"u8) ? path[2..] : path, hash);
    }

    private static void AddLastColumn(ReadOnlySpan<byte> line, int number, PathList into)
    {
        if (number > 1)
        {
            into.Add(line[(line.LastIndexOf((byte)',') + 1)..], default);
        }
    }

    private static async Task ReadLinesAsync(Stream stream, LineReader onLine, CancellationToken cancellationToken)
    {
        var reader = PipeReader.Create(stream, new StreamPipeReaderOptions(bufferSize: 1 << 16, leaveOpen: true));
        var number = 0;
        while (true)
        {
            var result = await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
            var rest = ReadLines(result.Buffer, result.IsCompleted, onLine, ref number);
            reader.AdvanceTo(rest.Start, rest.End);
            if (result.IsCompleted)
            {
                break;
            }

            if (rest.Length > LongestLine)
            {
                throw TooLong(number + 1);
            }
        }

        await reader.CompleteAsync().ConfigureAwait(false);
    }

    private static ReadOnlySequence<byte> ReadLines(ReadOnlySequence<byte> buffer, bool last, LineReader onLine, ref int number)
    {
        var lines = new SequenceReader<byte>(buffer);
        while (lines.TryReadTo(out ReadOnlySequence<byte> line, (byte)'\n'))
        {
            Deliver(line, onLine, ++number);
        }

        var rest = buffer.Slice(lines.Position);
        if (last && !rest.IsEmpty)
        {
            Deliver(rest, onLine, ++number);
            return buffer.Slice(buffer.End);
        }

        return rest;
    }

    private static InvalidDataException TooLong(int number) => new($"Line {number} of a list file is longer than {LongestLine} bytes.");

    private static void Deliver(ReadOnlySequence<byte> line, LineReader onLine, int number)
    {
        if (line.Length > LongestLine)
        {
            throw TooLong(number);
        }

        var text = (line.IsSingleSegment ? line.FirstSpan : line.ToArray()).TrimEnd((byte)'\r');
        if (!text.IsEmpty)
        {
            onLine(text, number);
        }
    }

    private delegate void LineReader(ReadOnlySpan<byte> line, int number);
}
