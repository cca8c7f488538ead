using MimicCxr.Daemon.Origin;

namespace MimicCxr.Daemon.Tests.Support;

/// <summary>Keeps what it is given, and how often it began.</summary>
internal sealed class RecordingSink : IFetchSink
{
    private readonly Lock _lock = new();
    private byte[] _bytes = [];

    public List<long> Lengths { get; } = [];

    public int Restarts { get; private set; }

    /// <summary>Bytes of all writes together.</summary>
    public long Delivered { get; private set; }

    public byte[] Bytes => [.. _bytes];

    public Action<int>? OnWrite { get; init; }

    public ValueTask BeginAsync(long length, CancellationToken cancellationToken)
    {
        Lengths.Add(length);
        return ValueTask.CompletedTask;
    }

    public void Write(long offset, ReadOnlySpan<byte> bytes)
    {
        OnWrite?.Invoke(bytes.Length);
        lock (_lock)
        {
            Array.Resize(ref _bytes, (int)Math.Max(_bytes.Length, offset + bytes.Length));
            bytes.CopyTo(_bytes.AsSpan((int)offset));
            Delivered += bytes.Length;
        }
    }

    public void Restart()
    {
        Restarts++;
        _bytes = [];
    }
}
