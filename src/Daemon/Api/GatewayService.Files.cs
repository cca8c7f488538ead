using System.Buffers;
using System.Text;
using Google.Protobuf;
using Grpc.Core;
using MimicCxr.Daemon.Cache;
using MimicCxr.Daemon.Tree;
using MimicCxr.Fs;

namespace MimicCxr.Daemon.Api;

/// <content>Entries and bytes.</content>
internal sealed partial class GatewayService
{
    private const int ChunkSize = 256 * 1024;
    private const int ListingSize = 64 * 1024;

    /// <inheritdoc/>
    public override Task<V1.Entry> Stat(V1.StatRequest request, ServerCallContext context) => AnswerAsync(async () =>
    {
        using var at = await ResolveAsync(request.Dataset, request.Path, context).ConfigureAwait(false);
        if (at.Node.Size != NodeAttributes.UnknownSize)
        {
            return ToEntry(at, at.Path, at.Node);
        }

        // Nothing says that a read follows, so a file of the origin is not fetched for it.
        var size = at.Tree.TryGetCatalogNode(at.Node.Node, out var node)
            ? await daemon.DirectorySizes.GetAsync(at.DataSet.Blobs, at.DataSet.Blobs.Catalog.FileOf(node), context.CancellationToken).ConfigureAwait(false)
            : await at.Tree.GetSizeAsync(at.Node.Node, readFollows: false, context.CancellationToken).ConfigureAwait(false);
        return ToEntry(at, at.Path, at.Node with { Size = size });
    });

    /// <inheritdoc/>
    public override Task ListDirectory(V1.ListDirectoryRequest request, IServerStreamWriter<V1.Entry> responseStream, ServerCallContext context) =>
        AnswerAsync(async () =>
        {
            using var at = await ResolveAsync(request.Dataset, request.Path, context).ConfigureAwait(false);
            if (at.Node.Kind != NodeKind.Directory)
            {
                throw new RpcException(new Status(StatusCode.FailedPrecondition, $"'{request.Path}' is a file."));
            }

            var buffer = new byte[ListingSize];
            ulong position = 0;
            while (ListSome(at, buffer, ref position) is { Count: > 0 } entries)
            {
                foreach (var entry in entries)
                {
                    await responseStream.WriteAsync(entry, context.CancellationToken).ConfigureAwait(false);
                }
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

            using var at = Followed(await ResolveAsync(request.Dataset, request.Path, context).ConfigureAwait(false));
            if (at.Node.Kind != NodeKind.File)
            {
                throw new RpcException(new Status(StatusCode.FailedPrecondition, $"'{request.Path}' is a directory."));
            }

            Stream file = at.Tree.TryGetCatalogNode(at.Node.Node, out var node)
                ? new BlobStream(daemon.Cache, at.DataSet.Blobs.Get(at.DataSet.Blobs.Catalog.FileOf(node)))
                : new TreeStream(at.Tree, at.Node.Node);
            await using (file.ConfigureAwait(false))
            {
                file.Position = request.Offset;
                await SendAsync(file, request.Length == 0 ? long.MaxValue : request.Length, responseStream, context.CancellationToken).ConfigureAwait(false);
            }

            return true;
        });

    /// <summary>The next entries of a directory, from a position of its listing on.</summary>
    private static List<V1.Entry> ListSome(FoundEntry directory, byte[] buffer, ref ulong position)
    {
        var entries = new List<V1.Entry>();
        var listing = new DirectoryListing(buffer);
        directory.Tree.TryReadDirectory(directory.Node.Node, position, ref listing);
        var reader = listing.Read();
        while (reader.TryRead(out var name, out var attributes, out var next))
        {
            position = next;
            var path = Encoding.UTF8.GetString(name);
            entries.Add(ToEntry(directory, directory.Path.Length == 0 ? path : $"{directory.Path}/{path}", attributes));
        }

        return entries;
    }

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

    private static V1.Entry ToEntry(FoundEntry near, string path, in NodeAttributes attributes)
    {
        var entry = new V1.Entry { Path = path, ModifiedUnixS = attributes.ModifiedUnixSeconds, Kind = KindOf(attributes.Kind) };
        if (attributes.Kind == NodeKind.Directory)
        {
            return entry;
        }

        if (attributes.Size != NodeAttributes.UnknownSize)
        {
            entry.Size = attributes.Size;
        }

        if (near.Tree.TryGetCatalogNode(attributes.Node, out var node))
        {
            var blobs = near.DataSet.Blobs;
            var file = blobs.Catalog.FileOf(node);
            entry.Resident = blobs.Get(file).Resident is { IsGone: false };
            entry.Stored = blobs.StateOf(file) == BlobState.Stored;
            if (blobs.Catalog.Sha256(file) is { IsEmpty: false } sha256)
            {
                entry.Sha256 = ByteString.CopyFrom(sha256);
            }
        }

        return entry;
    }

    private static V1.EntryKind KindOf(NodeKind kind) => kind switch
    {
        NodeKind.Directory => V1.EntryKind.Directory,
        NodeKind.File => V1.EntryKind.File,
        _ => V1.EntryKind.SymbolicLink,
    };

    /// <summary>What a link leads to; anything else as it is. Links lead to files, so one step is enough.</summary>
    private static FoundEntry Followed(FoundEntry entry)
    {
        if (!entry.Tree.TryReadLink(entry.Node.Node, out var target))
        {
            return entry;
        }

        var path = Path.GetFullPath($"/{entry.Path}/../{Encoding.UTF8.GetString(target.Span)}");
        return entry.Tree.TryResolve(path, out var node)
            ? entry with { Path = path[1..], Node = node }
            : throw new RpcException(new Status(StatusCode.NotFound, $"'{entry.Path}' leads nowhere."));
    }

    private async Task<FoundEntry> ResolveAsync(string dataSetName, string path, ServerCallContext context)
    {
        var dataSet = await OpenAsync(dataSetName, context).ConfigureAwait(false);
        await dataSet.PrepareAsync(again: false, context.CancellationToken).ConfigureAwait(false);
        var tree = new LayeredTree(dataSet, daemon.Cache, daemon.DirectorySizes);
        if (tree.TryResolve(path, out var node))
        {
            return new FoundEntry(dataSet, tree, string.Join('/', path.Split('/').Where(part => part is not ("" or "."))), node);
        }

        tree.Dispose();
        throw new RpcException(new Status(StatusCode.NotFound, $"'{path}' is not in {dataSet.Definition.Id}."));
    }

    /// <summary>What a path names.</summary>
    private sealed record FoundEntry(OpenDataSet DataSet, LayeredTree Tree, string Path, NodeAttributes Node) : IDisposable
    {
        public void Dispose() => Tree.Dispose();
    }
}
