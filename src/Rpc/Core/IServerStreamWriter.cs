namespace Grpc.Core;

/// <summary>The messages that a service sends; the stream ends when its method returns.</summary>
/// <typeparam name="T">The message.</typeparam>
public interface IServerStreamWriter<in T> : IAsyncStreamWriter<T>
{
}
