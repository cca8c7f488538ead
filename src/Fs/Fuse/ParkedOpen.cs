using System.Runtime.InteropServices;
using MimicCxr.Fs.Fuse.Wire;

namespace MimicCxr.Fs.Fuse;

/// <summary>An OPEN that waits for its file to be whole, for as long as the limit allows, and then goes without.</summary>
internal sealed class ParkedOpen(ulong unique, NodeId file, IBackedFileTree tree, OpenFiles openFiles, TimeSpan limit, TimeProvider time)
    : ParkedRequest(unique, FuseOpcode.Open)
{
    private IBackingFile? _backing;
    private bool _isOpen;

    public override bool TryAnswer(Span<byte> body, out OperationResult result)
    {
        var backing = Interlocked.Exchange(ref _backing, null);
        var answer = openFiles.Open(file, backing);
        _isOpen = true;
        MemoryMarshal.Write(body, in answer);
        result = OperationResult.Answer(FuseOpenOut.Size);
        return true;
    }

    public override void Discard()
    {
        Interlocked.Exchange(ref _backing, null)?.Dispose();
        if (_isOpen)
        {
            openFiles.Release(file);
        }
    }

    protected override async ValueTask WaitForTreeAsync(CancellationToken cancellationToken)
    {
        using var tooLong = new CancellationTokenSource(limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, tooLong.Token);
        try
        {
            _backing = await tree.OpenBackingAsync(file, either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (tooLong.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            // The reads to come wait for their own bytes only.
        }
    }
}
