using System.Buffers;
using MimicCxr.Daemon.Catalog;
using MimicCxr.Daemon.Tables;

namespace MimicCxr.Daemon.Selections;

/// <summary>
/// The images of a selection as a CSV table, made from the arrays of <see cref="ImageTable"/> when it is read, the range that is read: all of
/// MIMIC-CXR would be 80 MB. Of the text only where every 256th line begins is kept. The same in every run.
/// </summary>
internal sealed class Manifest(ImageTable images, FileSet files)
{
    private const int LinesAtATime = 256;

    private readonly ManifestRow _row = new(images);
    private readonly Lock _lock = new();
    private Task<Blocks>? _measuring; // under _lock
    private volatile Blocks? _measured;

    /// <summary>Its bytes.</summary>
    /// <returns>False while nobody knows: <see cref="MeasureAsync"/> finds out.</returns>
    public bool TryGetLength(out long length)
    {
        var blocks = _measured;
        length = blocks?.Length ?? 0;
        return blocks is not null;
    }

    /// <summary>Finds out how long it is: every line is made once, 0.2 s for all of MIMIC-CXR.</summary>
    public async Task<long> MeasureAsync(CancellationToken cancellationToken)
    {
        Task<Blocks> measuring;
        lock (_lock)
        {
            // Whoever leaves does not end what others wait for.
            measuring = _measuring ??= Task.Run(Measure, CancellationToken.None);
        }

        return (await measuring.WaitAsync(cancellationToken).ConfigureAwait(false)).Length;
    }

    /// <summary>Reads a range; at or past the end nothing.</summary>
    /// <returns>False before it was measured.</returns>
    public bool TryRead(long offset, Span<byte> destination, out int count)
    {
        count = 0;
        if (_measured is not { } blocks)
        {
            return false;
        }

        if (offset >= blocks.Length)
        {
            return true;
        }

        if (offset < _row.Header.Length)
        {
            Take(_row.Header, (int)offset, destination, ref count);
        }

        var at = Array.BinarySearch(blocks.Starts, Math.Max(offset, _row.Header.Length));
        at = at < 0 ? ~at - 1 : at;
        var position = blocks.Starts[at];
        var line = ArrayPool<byte>.Shared.Rent(blocks.LongestLine);
        for (var image = blocks.Images[at]; image < images.Count && count < destination.Length; image++)
        {
            if (files.Contains(images.Files[image]))
            {
                var length = _row.Write(image, line);
                if (position + length > offset)
                {
                    Take(line.AsSpan(0, length), (int)Math.Max(0, offset - position), destination, ref count);
                }

                position += length;
            }
        }

        ArrayPool<byte>.Shared.Return(line);
        return true;
    }

    private static void Take(ReadOnlySpan<byte> line, int from, Span<byte> destination, ref int count)
    {
        var part = line[from..];
        part = part[..Math.Min(part.Length, destination.Length - count)];
        part.CopyTo(destination[count..]);
        count += part.Length;
    }

    private Blocks Measure()
    {
        var (first, starts) = (new List<int>(), new List<long>());
        var (lines, longest, position) = (0, 0, (long)_row.Header.Length);
        var line = new byte[1024];
        for (var image = 0; image < images.Count; image++)
        {
            if (!files.Contains(images.Files[image]))
            {
                continue;
            }

            if (lines++ % LinesAtATime == 0)
            {
                first.Add(image);
                starts.Add(position);
            }

            var most = _row.MostBytes(image);
            if (most > line.Length)
            {
                line = new byte[most];
            }

            longest = Math.Max(longest, most);
            position += _row.Write(image, line);
        }

        return _measured = new Blocks([.. first], [.. starts], longest, position);
    }

    /// <param name="Images">By block: its first image.</param>
    /// <param name="Starts">By block: where it begins.</param>
    /// <param name="LongestLine">Room that any line fits into.</param>
    /// <param name="Length">The end of the last block.</param>
    private sealed record Blocks(int[] Images, long[] Starts, int LongestLine, long Length);
}
