using MimicCxr.Daemon.Cache;
using MimicCxr.Daemon.Origin;
using MimicCxr.Daemon.Requests;

namespace MimicCxr.Daemon.Archives;

/// <summary>
/// A <c>.tar.gz</c> of reports, which cannot be read from its middle, as the zip that <see cref="ReportRepacking"/> makes of it: the
/// <c>.tar.gz</c> comes whole, as the file of its data set that it is, and the zip is kept in the spool, made again when it was evicted.
/// </summary>
/// <param name="origin">Where the <c>.tar.gz</c> is.</param>
/// <param name="file">The <c>.tar.gz</c> as a file of its data set.</param>
/// <param name="version">The version of the zip that is known already; null to begin with the one that is made.</param>
/// <param name="unpacker">Makes the zip.</param>
internal sealed class RepackedArchive(IOrigin origin, IArchiveFile file, FileVersion? version, Unpacker unpacker) : IArchiveSource
{
    private readonly Lock _lock = new();
    private UnpackedFile? _zip; // under _lock
    private volatile FileVersion? _version = version;

    /// <inheritdoc/>
    public FileVersion? Version => _version;

    /// <inheritdoc/>
    public bool OpensLate => true;

    /// <inheritdoc/>
    public async Task PrepareAsync(bool mayAsk, CancellationToken cancellationToken)
    {
        var packed = mayAsk ? await LoadAsync(cancellationToken).ConfigureAwait(false) : file.Find();
        if (packed is null)
        {
            return;
        }

        var zip = Zip(packed);
        if (!packed.Owner.TryGetSize(packed.File, out var length))
        {
            if (!mayAsk || zip.Resident is { IsGone: false })
            {
                return;
            }

            length = (await origin.FetchTailAsync(file.Path, 1, RequestPriority.Interactive, cancellationToken).ConfigureAwait(false)).Version.Length;
        }

        // Texts packed one by one take more than all packed together.
        unpacker.RequireRoom(zip, length, least: length);
    }

    /// <inheritdoc/>
    public async Task<(byte[] Bytes, long Length)> ReadTailAsync(int most, CancellationToken cancellationToken)
    {
        var zip = Zip(await LoadAsync(cancellationToken).ConfigureAwait(false));
        await unpacker.WaitAsync(zip, cancellationToken).ConfigureAwait(false);
        var length = await unpacker.GetLengthAsync(zip, cancellationToken).ConfigureAwait(false);
        _version ??= new FileVersion(length, null);
        var bytes = new byte[Math.Min(most, length)];
        await ReadAsync(zip, length - bytes.Length, bytes, cancellationToken).ConfigureAwait(false);
        return (bytes, length);
    }

    /// <inheritdoc/>
    public async Task ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellationToken) =>
        await ReadAsync(Zip(await LoadAsync(cancellationToken).ConfigureAwait(false)), offset, destination, cancellationToken).ConfigureAwait(false);

    /// <inheritdoc/>
    public Task FetchWholeAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private async Task<Blob> LoadAsync(CancellationToken cancellationToken) =>
        await file.LoadAsync(cancellationToken).ConfigureAwait(false) ?? throw new OriginException(OriginError.NotFound, "The data set lists no archive of reports.");

    private async Task ReadAsync(UnpackedFile zip, long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        while (!destination.IsEmpty)
        {
            if (!zip.TryGetLength(out var length) || !unpacker.TryRead(zip, offset, destination.Span, out var count))
            {
                await unpacker.WaitAsync(zip, cancellationToken).ConfigureAwait(false);
                continue;
            }

            if (length != _version?.Length)
            {
                // An earlier run knew the zip of another .tar.gz, or one that another release of .NET made.
                throw new OriginException(OriginError.Changed, "The archive of reports is another one by now. Open the file again.");
            }

            if (count == 0)
            {
                throw new ArchiveException("The archive ends before the part that was asked for.");
            }

            offset += count;
            destination = destination[count..];
        }
    }

    private UnpackedFile Zip(Blob packed)
    {
        lock (_lock)
        {
            return _zip ??= unpacker.Open(packed.Owner, packed.File, ReportRepacking.Instance);
        }
    }
}
