using System.Collections.Concurrent;
using MimicCxr.Daemon.Archives;

namespace MimicCxr.Daemon.Tests.Archives;

/// <summary>An archive in memory that counts what it is asked for.</summary>
internal sealed class CountedRanges(byte[] archive) : IRangeSource
{
    private long _bytes;

    /// <summary>Every request, in order.</summary>
    public ConcurrentQueue<(long Offset, int Length)> Requests { get; } = new();

    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>Awaited before a range is given.</summary>
    public Func<long, Task> Before { get; set; } = _ => Task.CompletedTask;

    public async Task<(byte[] Bytes, long Length)> ReadTailAsync(int most, CancellationToken cancellationToken)
    {
        var count = Math.Min(most, archive.Length);
        await CountAsync(archive.Length - count, count, cancellationToken);
        return (archive[^count..], archive.Length);
    }

    public async Task ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        await CountAsync(offset, destination.Length, cancellationToken);
        if (offset + destination.Length > archive.Length)
        {
            throw new ArchiveException("The archive ends before.");
        }

        archive.AsMemory((int)offset, destination.Length).CopyTo(destination);
    }

    public void Forget()
    {
        Requests.Clear();
        Interlocked.Exchange(ref _bytes, 0);
    }

    private async Task CountAsync(long offset, int length, CancellationToken cancellationToken)
    {
        Requests.Enqueue((offset, length));
        Interlocked.Add(ref _bytes, length);
        await Before(offset).WaitAsync(cancellationToken);
    }
}
