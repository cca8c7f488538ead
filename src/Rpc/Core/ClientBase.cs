namespace Grpc.Core;

/// <summary>What all generated clients have in common.</summary>
public abstract class ClientBase
{
    private readonly CallInvoker? _callInvoker;

    /// <summary>Makes a client that cannot call, for test doubles.</summary>
    protected ClientBase()
    {
    }

    /// <summary>Makes a client.</summary>
    /// <param name="callInvoker">Makes the calls.</param>
    protected ClientBase(CallInvoker callInvoker) =>
        _callInvoker = callInvoker ?? throw new ArgumentNullException(nameof(callInvoker));

    /// <summary>Makes the calls.</summary>
    /// <exception cref="InvalidOperationException">The client is a test double.</exception>
    protected CallInvoker CallInvoker =>
        _callInvoker ?? throw new InvalidOperationException("This client was made without a channel and cannot call.");

    /// <summary>How a generated client is made anew; opaque.</summary>
    protected internal sealed class ClientBaseConfiguration
    {
        internal ClientBaseConfiguration(CallInvoker callInvoker) => CallInvoker = callInvoker;

        internal CallInvoker CallInvoker { get; }
    }
}
