using Grpc.Core;
using MimicCxr.Daemon.Prefetch;

namespace MimicCxr.Daemon.Api;

/// <content>Jobs.</content>
internal sealed partial class GatewayService
{
    private static readonly TimeSpan ProgressInterval = TimeSpan.FromMilliseconds(200);

    /// <inheritdoc/>
    public override Task Prefetch(V1.PrefetchRequest request, IServerStreamWriter<V1.Job> responseStream, ServerCallContext context) =>
        AnswerAsync(async () =>
        {
            var dataSet = await OpenAsync(request.Dataset, context).ConfigureAwait(false);
            var files = FileChoice.Choose(dataSet.Blobs.Catalog, request.Patterns, request.Metadata, request.All);
            var job = daemon.Jobs.Create(dataSet.Blobs, files, request.Concurrency);
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(stopping);
            var run = job.RunAsync(request.Detach ? stopping : stop.Token);
            try
            {
                while (!run.IsCompleted)
                {
                    await responseStream.WriteAsync(StatusReport.ToMessage(job.Progress), context.CancellationToken).ConfigureAwait(false);
                    if (request.Detach)
                    {
                        return true;
                    }

                    await Task.WhenAny(run, Task.Delay(ProgressInterval, context.CancellationToken)).ConfigureAwait(false);
                    context.CancellationToken.ThrowIfCancellationRequested();
                }

                await responseStream.WriteAsync(StatusReport.ToMessage(job.Progress), context.CancellationToken).ConfigureAwait(false);
                return true;
            }
            finally
            {
                if (!request.Detach)
                {
                    await stop.CancelAsync().ConfigureAwait(false);
                    await run.ConfigureAwait(false);
                }
            }
        });
}
