using Grpc.Core;
using MimicCxr.Daemon.Catalog;
using MimicCxr.Daemon.Prefetch;
using MimicCxr.Daemon.Tree;
using MimicCxr.Daemon.Tree.Layers;

namespace MimicCxr.Daemon.Api;

/// <content>Jobs.</content>
internal sealed partial class GatewayService
{
    private static readonly TimeSpan ProgressInterval = TimeSpan.FromMilliseconds(500);

    /// <inheritdoc/>
    public override Task Prefetch(V1.PrefetchRequest request, IServerStreamWriter<V1.Job> responseStream, ServerCallContext context) =>
        AnswerAsync(async () =>
        {
            var dataSet = await OpenForAsync(request, context).ConfigureAwait(false);
            var choice = NewChoice(dataSet);
            Add(choice, dataSet, request);
            var job = Begin(dataSet, choice, request);
            if (request.Detach)
            {
                await responseStream.WriteAsync(JobReport.ToMessage(job.Progress), context.CancellationToken).ConfigureAwait(false);
                return true;
            }

            await WatchAsync(job, responseStream, cancelWhenLeft: true, context.CancellationToken).ConfigureAwait(false);
            return true;
        });

    /// <inheritdoc/>
    public override Task<V1.Job> CreateJob(IAsyncStreamReader<V1.PrefetchRequest> requestStream, ServerCallContext context) =>
        AnswerAsync(async () =>
        {
            if (!await requestStream.MoveNext(context.CancellationToken).ConfigureAwait(false))
            {
                throw new ArgumentException("The call ended without a message that says what to bring.");
            }

            var first = requestStream.Current;
            var dataSet = await OpenForAsync(first, context).ConfigureAwait(false);
            var choice = NewChoice(dataSet);
            Add(choice, dataSet, first);
            while (await requestStream.MoveNext(context.CancellationToken).ConfigureAwait(false))
            {
                Add(choice, dataSet, requestStream.Current);
            }

            return JobReport.ToMessage(Begin(dataSet, choice, first).Progress);
        });

    /// <inheritdoc/>
    public override Task<V1.ListJobsResponse> ListJobs(V1.ListJobsRequest request, ServerCallContext context)
    {
        var response = new V1.ListJobsResponse();
        response.Jobs.AddRange(daemon.Jobs.All.Select(job => JobReport.ToMessage(job.Progress)));
        return Task.FromResult(response);
    }

    /// <inheritdoc/>
    public override Task WatchJob(V1.WatchJobRequest request, IServerStreamWriter<V1.Job> responseStream, ServerCallContext context) =>
        WatchAsync(FindJob(request.Id), responseStream, request.CancelWhenLeft, context.CancellationToken);

    /// <inheritdoc/>
    public override async Task ListJobFailures(
        V1.ListJobFailuresRequest request, IServerStreamWriter<V1.JobFailure> responseStream, ServerCallContext context)
    {
        foreach (var failure in FindJob(request.Id).Failures())
        {
            await responseStream.WriteAsync(JobReport.ToMessage(failure), context.CancellationToken).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public override async Task<V1.Job> CancelJob(V1.CancelJobRequest request, ServerCallContext context)
    {
        var job = FindJob(request.Id);
        await job.CancelAsync().ConfigureAwait(false);
        return JobReport.ToMessage(job.Progress);
    }

    /// <inheritdoc/>
    public override Task<V1.Job> RetryJob(V1.RetryJobRequest request, ServerCallContext context)
    {
        var job = FindJob(request.Id);
        return daemon.Jobs.TryRetry(job)
            ? Task.FromResult(JobReport.ToMessage(job.Progress))
            : throw new RpcException(new Status(StatusCode.FailedPrecondition, $"Job {job.Id} has not ended. Watch it with 'mimic-cxr jobs watch {job.Id}'."));
    }

    /// <summary>The data set that a job is about. The reports alone are mimic-cxr's, whichever data set they are wanted beside.</summary>
    private async Task<OpenDataSet> OpenForAsync(V1.PrefetchRequest request, ServerCallContext context)
    {
        var dataSet = await OpenAsync(request.Dataset, context).ConfigureAwait(false);
        return request is { Reports: true, All: false, Metadata: false, Selection: "", Patterns.Count: 0 }
            && DataSetDefinition.Find(ReportLayers.OwnerFor(dataSet.Definition.Id)) is { } owner
            ? await daemon.DataSets.OpenAsync(owner, context.CancellationToken).ConfigureAwait(false)
            : dataSet;
    }

    private void Add(FileChoice choice, OpenDataSet dataSet, V1.PrefetchRequest request)
    {
        AddSelection(choice, dataSet, request.Selection);
        if (request.All)
        {
            choice.AddAll();
        }

        if (request.Metadata)
        {
            choice.AddMetadata();
        }

        if (request.Reports)
        {
            choice.AddReports();
        }

        foreach (var pattern in request.Patterns)
        {
            choice.Add(pattern);
        }
    }

    private FileChoice NewChoice(OpenDataSet dataSet) => new(dataSet.Blobs.Catalog, dataSet.Definition.Id, SpellingOf(dataSet));

    private void AddSelection(FileChoice choice, OpenDataSet dataSet, string selection)
    {
        if (selection.Length > 0)
        {
            choice.Add(FilesOf(dataSet, selection), $"selection {selection}");
        }
    }

    private PathSpelling SpellingOf(OpenDataSet dataSet) =>
        new(dataSet.Definition.Id, [.. daemon.Mounts.All.Select(mounted => (mounted.Fuse.MountPoint, mounted.DataSet.Definition.Id.ToString()))]);

    private PrefetchJob Begin(OpenDataSet dataSet, FileChoice choice, V1.PrefetchRequest request)
    {
        var (files, description) = choice.Finish();
        return daemon.Jobs.Create(dataSet.Blobs, files, description, request.Concurrency);
    }

    private PrefetchJob FindJob(string id) => daemon.Jobs.Find(id)
        ?? throw new RpcException(new Status(StatusCode.NotFound, $"There is no job '{id}'. 'mimic-cxr jobs' lists them."));

    private async Task WatchAsync(PrefetchJob job, IServerStreamWriter<V1.Job> to, bool cancelWhenLeft, CancellationToken left)
    {
        try
        {
            while (true)
            {
                var progress = job.Progress;
                await to.WriteAsync(JobReport.ToMessage(progress), left).ConfigureAwait(false);
                if (progress.HasEnded)
                {
                    return;
                }

                await Task.WhenAny(job.Ended, Task.Delay(ProgressInterval, left)).ConfigureAwait(false);
                left.ThrowIfCancellationRequested();
                if (stopping.IsCancellationRequested)
                {
                    throw new RpcException(new Status(StatusCode.Unavailable, $"The daemon ends. Job {job.Id} goes on at its next start."));
                }
            }
        }
        finally
        {
            // The end of the daemon is no wish of the client's: the job goes on at the next start.
            if (cancelWhenLeft && !stopping.IsCancellationRequested)
            {
                await job.CancelAsync().ConfigureAwait(false);
            }
        }
    }
}
