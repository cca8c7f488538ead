using MimicCxr.Daemon.Origin;
using MimicCxr.Daemon.Requests;

namespace MimicCxr.Daemon.Archives;

/// <summary>An archive at the origin. What it is asked for is of one version of the archive, or <see cref="OriginError.Changed"/>.</summary>
/// <param name="origin">Where it is.</param>
/// <param name="path">Which: <c>SLUG/VERSION/PATH</c>.</param>
/// <param name="version">The version that is known already; null to begin with the one that is there.</param>
internal sealed class OriginArchive(IOrigin origin, string path, FileVersion? version) : IRangeSource
{
    private volatile FileVersion? _version = version;

    /// <summary>The version, once it is known.</summary>
    public FileVersion? Version => _version;

    /// <inheritdoc/>
    public async Task<(byte[] Bytes, long Length)> ReadTailAsync(int most, CancellationToken cancellationToken)
    {
        var tail = await origin.FetchTailAsync(path, most, RequestPriority.Interactive, cancellationToken).ConfigureAwait(false);
        _version = tail.Version;
        return (tail.Bytes, tail.Version.Length);
    }

    /// <inheritdoc/>
    public async Task ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        if (destination.IsEmpty)
        {
            return;
        }

        var range = new FileRange(offset, destination.Length);
        var version = await origin.FetchRangeAsync(
            path, range, _version, new Destination(offset, destination), RequestPriority.Interactive, cancellationToken).ConfigureAwait(false);
        _version ??= version;
        if (range.CountIn(version.Length) < destination.Length)
        {
            throw new ArchiveException("The archive ends before the part that was asked for.");
        }
    }

    private sealed class Destination(long start, Memory<byte> memory) : IFetchSink
    {
        public ValueTask BeginAsync(long length, CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public void Write(long offset, ReadOnlySpan<byte> bytes) => bytes.CopyTo(memory.Span[(int)(offset - start)..]);

        public void Restart()
        {
        }
    }
}
