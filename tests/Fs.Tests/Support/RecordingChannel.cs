using System.Threading.Channels;
using MimicCxr.Fs.Fuse;

namespace MimicCxr.Fs.Tests.Support;

/// <summary>Stands in for /dev/fuse: hands out scripted requests and keeps what was sent.</summary>
internal sealed class RecordingChannel : IFuseChannel
{
    private readonly Channel<byte[]> _sent = Channel.CreateUnbounded<byte[]>();
    private readonly Queue<byte[]> _requests = new();
    private readonly Queue<Errno> _refusals = new();

    /// <summary>A request; an empty one stands for the error that <see cref="ReadError"/> names.</summary>
    public void Enqueue(byte[] request) => _requests.Enqueue(request);

    public Errno ReadError { get; init; } = Errno.NoDevice;

    public void RefuseNext(Errno error) => _refusals.Enqueue(error);

    public int Read(Span<byte> buffer)
    {
        if (!_requests.TryDequeue(out var request))
        {
            return -(int)Errno.NoDevice;
        }

        request.CopyTo(buffer);
        return request.Length > 0 ? request.Length : -(int)ReadError;
    }

    public bool WaitReadable(int milliseconds) => milliseconds != 0 || _requests.Count > 0;

    public Errno Send(ReadOnlySpan<byte> message)
    {
        _sent.Writer.TryWrite(message.ToArray());
        return _refusals.TryDequeue(out var refusal) ? refusal : Errno.None;
    }

    public async Task<byte[]> NextSentAsync() => await _sent.Reader.ReadAsync(TestContext.Current.CancellationToken);

    public List<byte[]> AllSent()
    {
        var all = new List<byte[]>();
        while (_sent.Reader.TryRead(out var message))
        {
            all.Add(message);
        }

        return all;
    }
}
