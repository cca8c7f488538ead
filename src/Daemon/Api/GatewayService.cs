using Grpc.Core;
using MimicCxr.Daemon.Catalog;
using MimicCxr.Daemon.Hosting;
using MimicCxr.Daemon.Tree;

namespace MimicCxr.Daemon.Api;

/// <summary>The service Gateway of protos/mimiccxr/v1/gateway.proto: translates, decides nothing. A file a subject.</summary>
internal sealed partial class GatewayService(Composition daemon, CancellationToken stopping) : V1.Gateway.GatewayBase
{
    private readonly StatusReport _status = new(daemon);

    /// <inheritdoc/>
    public override Task<V1.Status> GetStatus(V1.GetStatusRequest request, ServerCallContext context) => Task.FromResult(_status.Create());

    private static async Task<T> AnswerAsync<T>(Func<Task<T>> answer)
    {
        try
        {
            return await answer().ConfigureAwait(false);
        }
        catch (Exception e) when (StatusMapping.ToRpcException(e) is { } mapped)
        {
            throw mapped;
        }
    }

    private async Task<OpenDataSet> OpenAsync(string name, ServerCallContext context)
    {
        if (name.Length == 0)
        {
            return await daemon.DataSets.OpenAsync(daemon.Options.DataSet, context.CancellationToken).ConfigureAwait(false);
        }

        return DataSetDefinition.Find(name) is not { } known
            ? throw new RpcException(new Status(StatusCode.NotFound, $"'{name}' is no data set; known are {string.Join(", ", DataSetDefinition.Names)}."))
            : await daemon.DataSets.OpenAsync(known, context.CancellationToken).ConfigureAwait(false);
    }
}
