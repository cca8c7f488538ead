using Grpc.Core;
using MimicCxr.V1;
using Status = MimicCxr.V1.Status;

namespace MimicCxr.Cli.Tests.Fakes;

/// <summary>Answers as a test tells it to, and remembers what it was asked.</summary>
internal sealed class FakeGateway : Gateway.GatewayBase
{
    public Status Status { get; set; } = new() { Version = "0.1.0", Pid = Environment.ProcessId };

    public List<Entry> Entries { get; } = [];

    public List<ReadFileChunk> Chunks { get; } = [];

    public List<Job> Jobs { get; } = [];

    public List<VerifyReport> Reports { get; } = [];

    public MeasureResponse Size { get; set; } = new();

    /// <summary>What every call but GetStatus ends with, after it sent what it has.</summary>
    public RpcException? Failure { get; set; }

    public TaskCompletionSource<long> BytesBeforeCancellation { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Whether ReadFile goes on sending its chunks until the reader leaves.</summary>
    public bool IsEndless { get; set; }

    public object? LastRequest { get; private set; }

    public override Task<Status> GetStatus(GetStatusRequest request, ServerCallContext context) => Task.FromResult(Status);

    public override Task<MountResponse> Mount(MountRequest request, ServerCallContext context)
    {
        Remember(request);
        return Task.FromResult(new MountResponse
        {
            Mount = new MountInfo { Mountpoint = request.Mountpoint, Dataset = "mimic-cxr-jpg/2.1.0", ReadMode = "page-cache" },
        });
    }

    public override Task<UnmountResponse> Unmount(UnmountRequest request, ServerCallContext context)
    {
        Remember(request);
        return Task.FromResult(new UnmountResponse { Unmounted = { new MountInfo { Mountpoint = "/mnt/mimic" } } });
    }

    public override Task<Entry> Stat(StatRequest request, ServerCallContext context)
    {
        Remember(request);
        return Task.FromResult(Entries[0]);
    }

    public override async Task ListDirectory(
        ListDirectoryRequest request, IServerStreamWriter<Entry> responseStream, ServerCallContext context)
    {
        LastRequest = request;
        foreach (var entry in Entries)
        {
            await responseStream.WriteAsync(entry, context.CancellationToken);
        }

        Remember(request);
    }

    public override async Task ReadFile(
        ReadFileRequest request, IServerStreamWriter<ReadFileChunk> responseStream, ServerCallContext context)
    {
        LastRequest = request;
        var sent = 0L;
        try
        {
            do
            {
                foreach (var chunk in Chunks)
                {
                    var next = IsEndless ? new ReadFileChunk { Offset = sent, Data = chunk.Data } : chunk;
                    await responseStream.WriteAsync(next, context.CancellationToken);
                    sent += chunk.Data.Length;
                }
            }
            while (IsEndless);
        }
        catch (Exception) when (context.CancellationToken.IsCancellationRequested)
        {
            BytesBeforeCancellation.TrySetResult(sent);
            throw;
        }

        Remember(request);
    }

    /// <summary>The messages of the last CreateJob.</summary>
    public List<PrefetchRequest> Created { get; } = [];

    /// <summary>How many messages CreateJob reads before it ends with <see cref="Failure"/>.</summary>
    public int MessagesBeforeFailure { get; set; } = int.MaxValue;

    public List<JobFailure> JobFailures { get; } = [];

    /// <summary>Whether WatchJob goes on until the client leaves.</summary>
    public TaskCompletionSource? Watched { get; set; }

    public TaskCompletionSource Cancelled { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public override async Task<Job> CreateJob(IAsyncStreamReader<PrefetchRequest> requestStream, ServerCallContext context)
    {
        while (Created.Count < MessagesBeforeFailure && await requestStream.MoveNext(context.CancellationToken))
        {
            Created.Add(requestStream.Current);
        }

        Remember(Created);
        return Jobs.FirstOrDefault() ?? new Job { Id = "1", State = JobState.Queued };
    }

    public override async Task WatchJob(WatchJobRequest request, IServerStreamWriter<Job> responseStream, ServerCallContext context)
    {
        LastRequest = request;
        foreach (var job in Jobs)
        {
            await responseStream.WriteAsync(job, context.CancellationToken);
        }

        if (Watched is not null)
        {
            Watched.TrySetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, context.CancellationToken);
        }

        Remember(request);
    }

    public override async Task ListJobFailures(ListJobFailuresRequest request, IServerStreamWriter<JobFailure> responseStream, ServerCallContext context)
    {
        foreach (var failure in JobFailures)
        {
            await responseStream.WriteAsync(failure, context.CancellationToken);
        }

        Remember(request);
    }

    public override Task<ListJobsResponse> ListJobs(ListJobsRequest request, ServerCallContext context) =>
        Task.FromResult(new ListJobsResponse { Jobs = { Jobs } });

    public override Task<Job> CancelJob(CancelJobRequest request, ServerCallContext context)
    {
        Remember(request);
        Cancelled.TrySetResult();
        return Task.FromResult(new Job { Id = request.Id, State = JobState.Cancelled, FilesDone = 3, FilesTotal = 8 });
    }

    public override Task<Job> RetryJob(RetryJobRequest request, ServerCallContext context)
    {
        Remember(request);
        return Task.FromResult(new Job { Id = request.Id, State = JobState.Queued, FilesTotal = 8 });
    }

    public override async Task Verify(VerifyRequest request, IServerStreamWriter<VerifyReport> responseStream, ServerCallContext context)
    {
        LastRequest = request;
        foreach (var report in Reports)
        {
            await responseStream.WriteAsync(report, context.CancellationToken);
        }

        Remember(request);
    }

    public override Task<EvictResponse> Evict(EvictRequest request, ServerCallContext context)
    {
        Remember(request);
        return Task.FromResult(new EvictResponse { Evicted = 3, Bytes = 3 << 20, Held = 1, ObjectsRemoved = request.Store ? 2 : 0, ObjectBytes = request.Store ? 2048 : 0 });
    }

    public override Task<RebuildIndexResponse> RebuildIndex(RebuildIndexRequest request, ServerCallContext context)
    {
        Remember(request);
        return Task.FromResult(new RebuildIndexResponse { Surveys = { new Survey { Dataset = "mimic-cxr-jpg/2.1.0", Found = 300, NewlyKnown = 20, Gone = 1 } } });
    }

    public override Task<MeasureResponse> Measure(MeasureRequest request, ServerCallContext context)
    {
        Remember(request);
        return Task.FromResult(Size);
    }

    public List<Selection> Selections { get; } = [];

    public List<ImageRecord> Records { get; } = [];

    public override Task<Selection> CreateSelection(CreateSelectionRequest request, ServerCallContext context)
    {
        Remember(request);
        return Task.FromResult(Selections[0]);
    }

    public override Task<Selection> ShowSelection(ShowSelectionRequest request, ServerCallContext context)
    {
        Remember(request);
        return Task.FromResult(Selections[0]);
    }

    public override Task<ListSelectionsResponse> ListSelections(ListSelectionsRequest request, ServerCallContext context)
    {
        Remember(request);
        return Task.FromResult(new ListSelectionsResponse { Selections = { Selections } });
    }

    public override Task<DeleteSelectionResponse> DeleteSelection(DeleteSelectionRequest request, ServerCallContext context)
    {
        Remember(request);
        return Task.FromResult(new DeleteSelectionResponse());
    }

    public override async Task QueryBatches(QueryRequest request, IServerStreamWriter<ImageBatch> responseStream, ServerCallContext context)
    {
        foreach (var record in Records)
        {
            await responseStream.WriteAsync(new ImageBatch { Images = { record } }, context.CancellationToken);
        }

        Remember(request);
    }

    private void Remember(object request)
    {
        LastRequest = request;
        if (Failure is not null)
        {
            throw Failure;
        }
    }
}
