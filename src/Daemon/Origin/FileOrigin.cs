using System.Globalization;
using Microsoft.Win32.SafeHandles;
using MimicCxr.Daemon.Requests;

namespace MimicCxr.Daemon.Origin;

/// <summary>One file of this machine as an origin, whatever the path that is asked for.</summary>
internal sealed class FileOrigin(string file) : IOrigin
{
    private const int BufferSize = 512 * 1024;

    /// <inheritdoc/>
    public string Url { get; } = new Uri(file).AbsoluteUri;

    /// <inheritdoc/>
    public Task FetchAsync(string path, IFetchSink sink, RequestPriority priority, CancellationToken cancellationToken) =>
        FetchRangeAsync(path, FileRange.Whole, null, sink, priority, cancellationToken);

    /// <inheritdoc/>
    public Task<FileVersion> FetchRangeAsync(
        string path, FileRange range, FileVersion? expected, IFetchSink sink, RequestPriority priority, CancellationToken cancellationToken) =>
        ReadAsync(async (handle, version) =>
        {
            if (expected?.DiffersFrom(version) == true)
            {
                throw new OriginException(OriginError.Changed, $"{file} is another file by now.");
            }

            await sink.BeginAsync(version.Length, cancellationToken).ConfigureAwait(false);
            var buffer = new byte[Math.Min(BufferSize, range.CountIn(version.Length))];
            for (var position = range.Offset; position < range.EndIn(version.Length);)
            {
                var room = sink.RoomAt(position);
                room = room.IsEmpty ? buffer : room;
                room = room[..(int)Math.Min(room.Length, range.EndIn(version.Length) - position)];
                await FillAsync(handle, room, position, cancellationToken).ConfigureAwait(false);
                sink.Write(position, room.Span);
                position += room.Length;
            }

            return version;
        });

    /// <inheritdoc/>
    public Task<FileTail> FetchTailAsync(string path, int most, RequestPriority priority, CancellationToken cancellationToken) =>
        ReadAsync(async (handle, version) =>
        {
            var bytes = new byte[Math.Min(most, version.Length)];
            await FillAsync(handle, bytes, version.Length - bytes.Length, cancellationToken).ConfigureAwait(false);
            return new FileTail(version, bytes);
        });

    /// <inheritdoc/>
    public Task<long> GetLengthAsync(string path, CancellationToken cancellationToken) => ReadAsync((_, version) => Task.FromResult(version.Length));

    /// <inheritdoc/>
    public Task<IReadOnlyList<FileLength>> ListDirectoryAsync(string path, CancellationToken cancellationToken) =>
        throw new OriginException(OriginError.BadAnswer, "A file is no directory.");

    /// <inheritdoc/>
    public Task YieldToReadersAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private async Task<T> ReadAsync<T>(Func<SafeFileHandle, FileVersion, Task<T>> read)
    {
        try
        {
            using var handle = File.OpenHandle(file, options: FileOptions.Asynchronous);
            var changed = File.GetLastWriteTimeUtc(handle).Ticks;
            var length = RandomAccess.GetLength(handle);
            return await read(handle, new FileVersion(length, string.Create(CultureInfo.InvariantCulture, $"\"{changed:x}-{length:x}\""))).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new OriginException(OriginError.Unreachable, $"{file} cannot be read: {e.Message}", e);
        }
    }

    private static async Task FillAsync(SafeFileHandle handle, Memory<byte> room, long offset, CancellationToken cancellationToken)
    {
        while (room.Length > 0)
        {
            var count = await RandomAccess.ReadAsync(handle, room, offset, cancellationToken).ConfigureAwait(false);
            if (count == 0)
            {
                throw new EndOfStreamException("It became shorter while it was read.");
            }

            (room, offset) = (room[count..], offset + count);
        }
    }
}
