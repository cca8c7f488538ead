using System.Buffers;
using Google.Protobuf;
using Grpc.Core;
using MimicCxr.Daemon.Cache;
using MimicCxr.Daemon.Tree;

namespace MimicCxr.Daemon.Api;

/// <content>Entries and bytes.</content>
internal sealed partial class GatewayService
{
    private const int ChunkSize = 256 * 1024;

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
