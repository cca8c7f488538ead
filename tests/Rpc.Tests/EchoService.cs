using Google.Protobuf;
using Grpc.Core;

namespace MimicCxr.Rpc.Tests;

/// <summary>The service of echo.proto.</summary>
internal sealed class EchoService : Echo.EchoBase, IDisposable
{
    private readonly SemaphoreSlim _waitBegun = new(0);
    private readonly SemaphoreSlim _waitCancelled = new(0);
    private int _begun;
    private int _cancelled;
    private int _chunksWritten;

    /// <summary>Chunks that Download has written.</summary>
    public int ChunksWritten => Volatile.Read(ref _chunksWritten);

    /// <summary>The last deadline that a call of Say came with.</summary>
    public DateTime LastDeadline { get; private set; }

    /// <summary>The last peer that a call of Say came from.</summary>
    public string LastPeer { get; private set; } = "";

    /// <summary>The last metadata that a call of Say came with.</summary>
    public Metadata LastHeaders { get; private set; } = [];

    public Task WaitBegunAsync(CancellationToken cancellationToken) => _waitBegun.WaitAsync(cancellationToken);

    public Task WaitCancelledAsync(CancellationToken cancellationToken) => _waitCancelled.WaitAsync(cancellationToken);

    public override async Task<EchoReply> Say(EchoRequest request, ServerCallContext context)
    {
        LastDeadline = context.Deadline;
        LastPeer = context.Peer;
        LastHeaders = context.RequestHeaders;
        var echoed = new Metadata();
        foreach (var entry in context.RequestHeaders)
        {
            if (entry.Key is "x-text" or "x-data-bin")
            {
                echoed.Add(entry);
                context.ResponseTrailers.Add(entry);
            }
        }

        FailIfAsked(request);
        if (echoed.Count > 0)
        {
            await context.WriteResponseHeadersAsync(echoed);
        }

        return new EchoReply { Text = request.Text, Data = request.Data };
    }

    public override async Task Repeat(EchoRequest request, IServerStreamWriter<EchoReply> responseStream, ServerCallContext context)
    {
        for (var i = 0; i < request.Count; i++)
        {
            await responseStream.WriteAsync(new EchoReply { Text = request.Text, Data = request.Data, Number = i });
        }

        FailIfAsked(request);
    }

    public override async Task<EchoReply> Collect(IAsyncStreamReader<EchoRequest> requestStream, ServerCallContext context)
    {
        var texts = new List<string>();
        await foreach (var request in requestStream.ReadAllAsync())
        {
            FailIfAsked(request);
            texts.Add(request.Text);
        }

        return new EchoReply { Text = string.Concat(texts), Number = texts.Count };
    }

    public override async Task Chat(IAsyncStreamReader<EchoRequest> requestStream, IServerStreamWriter<EchoReply> responseStream, ServerCallContext context)
    {
        var number = 0;
        await foreach (var request in requestStream.ReadAllAsync())
        {
            FailIfAsked(request);
            await responseStream.WriteAsync(new EchoReply { Text = request.Text, Number = number++ });
        }
    }

    public override async Task Wait(EchoRequest request, IServerStreamWriter<EchoReply> responseStream, ServerCallContext context)
    {
        Interlocked.Increment(ref _begun);
        _waitBegun.Release();
        try
        {
            await Task.Delay(Timeout.Infinite, context.CancellationToken);
        }
        catch (OperationCanceledException)
        {
            Interlocked.Increment(ref _cancelled);
            _waitCancelled.Release();
            throw;
        }
    }

    public override Task<WaitingReply> Waiting(EchoRequest request, ServerCallContext context) =>
        Task.FromResult(new WaitingReply { Begun = Volatile.Read(ref _begun), Cancelled = Volatile.Read(ref _cancelled) });

    public override async Task Download(DownloadRequest request, IServerStreamWriter<Chunk> responseStream, ServerCallContext context)
    {
        var bytes = new byte[request.Size];
        for (var i = 0; i < request.Count; i++)
        {
            bytes.AsSpan().Fill((byte)i);
            var chunk = new Chunk { Offset = (long)i * request.Size, Data = UnsafeByteOperations.UnsafeWrap(bytes) };
            await responseStream.WriteAsync(chunk, context.CancellationToken);
            Interlocked.Increment(ref _chunksWritten);
        }
    }

    public void Dispose()
    {
        _waitBegun.Dispose();
        _waitCancelled.Dispose();
    }

    private static void FailIfAsked(EchoRequest request)
    {
        if (request.Crash)
        {
            throw new InvalidOperationException(request.Text);
        }

        if (request.FailCode != 0)
        {
            throw new RpcException(new Status((StatusCode)request.FailCode, request.Text), [new("x-reason", "asked")]);
        }
    }
}
