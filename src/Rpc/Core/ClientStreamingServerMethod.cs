namespace Grpc.Core;

/// <summary>A service's method: many requests, one response.</summary>
/// <param name="requestStream">Where the requests come from.</param>
/// <param name="context">The call.</param>
/// <typeparam name="TRequest">The request.</typeparam>
/// <typeparam name="TResponse">The response.</typeparam>
public delegate Task<TResponse> ClientStreamingServerMethod<TRequest, TResponse>(
    IAsyncStreamReader<TRequest> requestStream,
    ServerCallContext context)
    where TRequest : class
    where TResponse : class;
