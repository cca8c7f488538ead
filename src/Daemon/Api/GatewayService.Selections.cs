using Grpc.Core;
using MimicCxr.Daemon.Selections;

namespace MimicCxr.Daemon.Api;

/// <content>Images by what the tables say about them.</content>
internal sealed partial class GatewayService
{
    /// <summary>Records that may wait for the next before they are sent: some 50 KB.</summary>
    private const int RecordsAtATime = 256;

    private static readonly WriteOptions WaitForMore = new(WriteFlags.BufferHint);

    /// <inheritdoc/>
    public override Task Query(V1.QueryRequest request, IServerStreamWriter<V1.ImageRecord> responseStream, ServerCallContext context) =>
        AnswerAsync(async () =>
        {
            var dataSet = await OpenAsync(request.Dataset, context).ConfigureAwait(false);
            var images = await daemon.ImageTables.OpenAsync(dataSet.Definition, context.CancellationToken).ConfigureAwait(false);
            var found = QueryRun.Run(images, SelectionMessages.FromMessage(request.Query));
            for (var i = 0; i < found.Count; i++)
            {
                responseStream.WriteOptions = (i + 1) % RecordsAtATime == 0 ? WriteOptions.Default : WaitForMore;
                await responseStream.WriteAsync(SelectionMessages.ToMessage(images, found[i]), context.CancellationToken).ConfigureAwait(false);
            }

            return true;
        });
}
