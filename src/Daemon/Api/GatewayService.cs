using System.Buffers;
using Google.Protobuf;
using Grpc.Core;
using MimicCxr.Daemon.Cache;
using MimicCxr.Daemon.Catalog;
using MimicCxr.Daemon.Hosting;
using MimicCxr.Daemon.Prefetch;
using MimicCxr.Daemon.Tree;

namespace MimicCxr.Daemon.Api;

/// <summary>The service Gateway of protos/mimiccxr/v1/gateway.proto: translates, decides nothing.</summary>
internal sealed class GatewayService(Composition daemon, CancellationToken stopping) : V1.Gateway.GatewayBase
{
    private const int ChunkSize = 256 * 1024;
    private static readonly TimeSpan ProgressInterval = TimeSpan.FromMilliseconds(200);

    private readonly StatusReport _status = new(daemon);

    /// <inheritdoc/>
    public override Task<V1.Status> GetStatus(V1.GetStatusRequest request, ServerCallContext context) => Task.FromResult(_status.Create());

    /// <inheritdoc/>
    public override Task<V1.MountResponse> Mount(V1.MountRequest request, ServerCallContext context) => AnswerAsync(async () =>
    {
        if (!Path.IsPathRooted(request.Mountpoint))
        {
            throw new ArgumentException($"The mount point '{request.Mountpoint}' is not an absolute path.");
        }

        var dataSet = await OpenAsync(request.Dataset, context).ConfigureAwait(false);
        var mounted = await daemon.Mounts.MountAsync(request.Mountpoint, dataSet, context.CancellationToken).ConfigureAwait(false);
        return new V1.MountResponse { Mount = StatusReport.ToMessage(mounted) };
    });

    /// <inheritdoc/>
    public override Task<V1.UnmountResponse> Unmount(V1.UnmountRequest request, ServerCallContext context) => AnswerAsync(async () =>
    {
        var wanted = request.All ? daemon.Mounts.All : [.. daemon.Mounts.All.Where(mounted => IsAt(mounted, request.Mountpoint))];
        if (wanted.Count == 0 && !request.All)
        {
            throw new RpcException(new Status(StatusCode.NotFound, $"This daemon has nothing mounted at {request.Mountpoint}."));
        }

        var response = new V1.UnmountResponse();
        foreach (var mounted in wanted)
        {
            response.Unmounted.Add(StatusReport.ToMessage(mounted));
            await daemon.Mounts.UnmountAsync(mounted).ConfigureAwait(false);
        }

        return response;
    });

    /// <inheritdoc/>
    public override Task<V1.ListMountsResponse> ListMounts(V1.ListMountsRequest request, ServerCallContext context)
    {
        var response = new V1.ListMountsResponse();
        response.Mounts.AddRange(daemon.Mounts.All.Select(StatusReport.ToMessage));
        return Task.FromResult(response);
    }

    /// <inheritdoc/>
    public override Task<V1.Entry> Stat(V1.StatRequest request, ServerCallContext context) => AnswerAsync(async () =>
    {
        var (dataSet, node) = await ResolveAsync(request.Dataset, request.Path, context).ConfigureAwait(false);
        var catalog = dataSet.Blobs.Catalog;
        if (!catalog.IsDirectory(node) && !dataSet.Blobs.TryGetSize(catalog.FileOf(node), out _))
        {
            await daemon.DirectorySizes.GetAsync(dataSet.Blobs, catalog.FileOf(node), context.CancellationToken).ConfigureAwait(false);
        }

        return ToEntry(dataSet, node);
    });

    /// <inheritdoc/>
    public override Task ListDirectory(V1.ListDirectoryRequest request, IServerStreamWriter<V1.Entry> responseStream, ServerCallContext context) =>
        AnswerAsync(async () =>
        {
            var (dataSet, node) = await ResolveAsync(request.Dataset, request.Path, context).ConfigureAwait(false);
            var catalog = dataSet.Blobs.Catalog;
            if (!catalog.IsDirectory(node))
            {
                throw new RpcException(new Status(StatusCode.FailedPrecondition, $"'{request.Path}' is a file."));
            }

            for (var i = 0; i < catalog.ChildCount(node); i++)
            {
                await responseStream.WriteAsync(ToEntry(dataSet, catalog.FirstChild(node) + i), context.CancellationToken).ConfigureAwait(false);
            }

            return true;
        });

    /// <inheritdoc/>
    public override Task ReadFile(V1.ReadFileRequest request, IServerStreamWriter<V1.ReadFileChunk> responseStream, ServerCallContext context) =>
        AnswerAsync(async () =>
        {
            if (request.Offset < 0 || request.Length < 0)
            {
                throw new ArgumentException("Offset and length must not be negative.");
            }

            var (dataSet, node) = await ResolveAsync(request.Dataset, request.Path, context).ConfigureAwait(false);
            var catalog = dataSet.Blobs.Catalog;
            if (catalog.IsDirectory(node))
            {
                throw new RpcException(new Status(StatusCode.FailedPrecondition, $"'{request.Path}' is a directory."));
            }

            var file = new BlobStream(daemon.Cache, dataSet.Blobs.Get(catalog.FileOf(node))) { Position = request.Offset };
            await using (file.ConfigureAwait(false))
            {
                await SendAsync(file, request.Length == 0 ? long.MaxValue : request.Length, responseStream, context.CancellationToken).ConfigureAwait(false);
            }

            return true;
        });

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

    private static async Task SendAsync(Stream file, long length, IServerStreamWriter<V1.ReadFileChunk> to, CancellationToken cancellationToken)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(ChunkSize);
        try
        {
            while (length > 0)
            {
                var offset = file.Position;
                var count = await file.ReadAsync(buffer.AsMemory(0, (int)Math.Min(ChunkSize, length)), cancellationToken).ConfigureAwait(false);
                if (count == 0)
                {
                    return;
                }

                // Written before WriteAsync returns, so the buffer can be used again.
                var chunk = new V1.ReadFileChunk { Offset = offset, Data = UnsafeByteOperations.UnsafeWrap(buffer.AsMemory(0, count)) };
                await to.WriteAsync(chunk, cancellationToken).ConfigureAwait(false);
                length -= count;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

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

    private static bool IsAt(Mounted mounted, string path) =>
        mounted.Fuse.MountPoint == Path.TrimEndingDirectorySeparator(path);

    private async Task<OpenDataSet> OpenAsync(string name, ServerCallContext context)
    {
        if (name.Length == 0)
        {
            return await daemon.DataSets.OpenAsync(daemon.Options.DataSet, context.CancellationToken).ConfigureAwait(false);
        }

        var known = DataSetId.TryParse(name, out var id) ? DataSetDefinition.Find(id) : null;
        return known is null
            ? throw new RpcException(new Status(StatusCode.NotFound, $"'{name}' is no data set; known are {string.Join(", ", DataSetDefinition.Names)}."))
            : await daemon.DataSets.OpenAsync(known, context.CancellationToken).ConfigureAwait(false);
    }

    private async Task<(OpenDataSet DataSet, int Node)> ResolveAsync(string dataSetName, string path, ServerCallContext context)
    {
        var dataSet = await OpenAsync(dataSetName, context).ConfigureAwait(false);
        return dataSet.Blobs.Catalog.TryResolve(path, out var node)
            ? (dataSet, node)
            : throw new RpcException(new Status(StatusCode.NotFound, $"'{path}' is not in {dataSet.Definition.Id}."));
    }

    private static V1.Entry ToEntry(OpenDataSet dataSet, int node)
    {
        var catalog = dataSet.Blobs.Catalog;
        var entry = new V1.Entry { Path = catalog.Path(node), ModifiedUnixS = dataSet.Definition.PublishedUnixSeconds };
        if (catalog.IsDirectory(node))
        {
            entry.Kind = V1.EntryKind.Directory;
            return entry;
        }

        var file = catalog.FileOf(node);
        entry.Kind = V1.EntryKind.File;
        entry.Resident = dataSet.Blobs.Get(file).Resident is { IsGone: false };
        entry.Stored = dataSet.Blobs.StateOf(file) == BlobState.Stored;
        if (dataSet.Blobs.TryGetSize(file, out var size))
        {
            entry.Size = size;
        }

        if (catalog.Sha256(file) is { IsEmpty: false } sha256)
        {
            entry.Sha256 = ByteString.CopyFrom(sha256);
        }

        return entry;
    }
}
