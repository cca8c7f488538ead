namespace MimicCxr.Rpc;

/// <summary>A call's own token joined with the one of a single operation, which is mostly none.</summary>
internal readonly struct CallCancellation : IDisposable
{
    private readonly CancellationTokenSource? _source;

    private CallCancellation(CancellationTokenSource? source, CancellationToken token)
    {
        _source = source;
        Token = token;
    }

    public CancellationToken Token { get; }

    public static CallCancellation Link(CancellationToken call, CancellationToken operation)
    {
        if (!operation.CanBeCanceled || operation == call)
        {
            return new CallCancellation(null, call);
        }

        var source = CancellationTokenSource.CreateLinkedTokenSource(call, operation);
        return new CallCancellation(source, source.Token);
    }

    public void Dispose() => _source?.Dispose();
}
