using Microsoft.Extensions.Logging;

namespace MimicCxr.Rpc.Server;

/// <summary>What all calls of a server share.</summary>
/// <param name="Options">Limits and compression.</param>
/// <param name="Logger">Hears of calls that failed unexpectedly.</param>
/// <param name="Stopping">Cancelled when the host begins to stop.</param>
internal sealed record ServerEnvironment(GrpcServerOptions Options, ILogger Logger, CancellationToken Stopping);
