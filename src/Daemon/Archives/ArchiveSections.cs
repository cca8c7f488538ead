using System.Buffers;
using MimicCxr.Daemon.Cache;
using MimicCxr.Daemon.Origin;
using MimicCxr.Daemon.Requests;

namespace MimicCxr.Daemon.Archives;

/// <summary>
/// A stretch of an archive as a stream: fetched in sections, a request each, of which one is in memory at a time. So an image of 2 MB is
/// one request, and a member of any length takes no more memory than that.
/// </summary>
/// <param name="origin">Where the archive is.</param>
/// <param name="path">Which.</param>
/// <param name="version">Its version; another one is <see cref="OriginError.Changed"/>.</param>
/// <param name="memory">Room for sections.</param>
/// <param name="priority">Who waits.</param>
/// <param name="urgent">Completes when a reader waits after all; null for never.</param>
internal sealed class ArchiveSections(
    IOrigin origin, string path, FileVersion version, MoveMemory memory, RequestPriority priority, Task? urgent) : ForwardStream
{
    /// <summary>Bytes of one: nearly every image with what stands before it.</summary>
    public const int SectionLength = 4 << 20;

    private MoveBuffer? _section;
    private ReadOnlySequence<byte> _rest;

    /// <summary>The byte where the stretch ends, as far as is known. Like the position it counts from the archive's beginning.</summary>
    public required long End { get; set; }

    /// <inheritdoc/>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var wanted = buffer[..(int)Math.Min(buffer.Length, Math.Max(0, End - Position))];
        if (wanted.IsEmpty)
        {
            return 0;
        }

        if (_rest.IsEmpty)
        {
            await FetchAsync(cancellationToken).ConfigureAwait(false);
        }

        var count = (int)Math.Min(wanted.Length, _rest.Length);
        _rest.Slice(0, count).CopyTo(wanted.Span);
        Skip(count);
        return count;
    }

    /// <summary>Passes over bytes.</summary>
    public void Skip(long count)
    {
        Position += count;
        _rest = _rest.Slice(Math.Min(count, _rest.Length));
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        _rest = default;
        _section?.Dispose();
        _section = null;
        base.Dispose(disposing);
    }

    private async Task FetchAsync(CancellationToken cancellationToken)
    {
        _section?.Dispose();
        _section = null;
        var range = new FileRange(Position, Math.Min(End - Position, SectionLength));
        // Room before the request, never inside it.
        var section = await memory.ReserveAsync(range.Length, cancellationToken).ConfigureAwait(false);
        try
        {
            var sink = new RangeInMemory(range, section, hash: null, urgent, _ => { });
            var found = await origin.FetchRangeAsync(path, range, version, sink, priority, cancellationToken).ConfigureAwait(false);
            if (range.CountIn(found.Length) < range.Length)
            {
                throw new ArchiveException("The archive ends before the part that was asked for.");
            }
        }
        catch
        {
            section.Dispose();
            throw;
        }

        _section = section;
        _rest = section.AsSequence();
    }
}
