using System.Collections.Frozen;
using MimicCxr.Daemon.Cache;
using MimicCxr.Daemon.Catalog;
using MimicCxr.Fs;

namespace MimicCxr.Daemon.Tree.Layers;

/// <summary>
/// Each table <c>NAME.csv.gz</c> of a data set also as <c>NAME.csv</c> beside it, as much code expects it. Not where the data set
/// has a file of that name itself. A node's own number is the catalogue's number of the <c>.gz</c>.
/// </summary>
internal sealed class UnpackedTables : ITreeLayer
{
    private readonly Unpacker _unpacker;
    private readonly long _modified;
    private readonly FrozenDictionary<int, Table> _tables; // by the node of the .gz
    private readonly FrozenDictionary<int, Table[]> _byDirectory;

    public UnpackedTables(DataSetDefinition definition, DataSetBlobs blobs, Unpacker unpacker)
    {
        _unpacker = unpacker;
        _modified = definition.PublishedUnixSeconds;
        _tables = Find(blobs).ToFrozenDictionary(table => table.Node);
        _byDirectory = _tables.Values.GroupBy(table => blobs.Catalog.Parent(table.Node))
            .ToFrozenDictionary(tables => tables.Key, tables => tables.OrderBy(table => table.Node).ToArray());
    }

    private static ReadOnlySpan<byte> PackedEnding => ".csv.gz"u8;

    /// <inheritdoc/>
    public LayerNumber Number => LayerNumber.UnpackedTables;

    /// <inheritdoc/>
    public bool TryLookup(NodeId directory, ReadOnlySpan<byte> name, out NodeAttributes attributes)
    {
        foreach (var table in TablesIn(directory))
        {
            if (name.SequenceEqual(table.Name))
            {
                attributes = Attributes(table);
                return true;
            }
        }

        attributes = default;
        return false;
    }

    /// <inheritdoc/>
    public bool TryGetAttributes(NodeId node, out NodeAttributes attributes)
    {
        var known = TryTable(node, out var table);
        attributes = known ? Attributes(table!) : default;
        return known;
    }

    /// <inheritdoc/>
    public bool TryReadDirectory(NodeId directory, ulong position, ref DirectoryListing listing)
    {
        var tables = TablesIn(directory);
        for (var i = position; i < (ulong)tables.Length; i++)
        {
            var table = tables[(int)i];
            if (!listing.TryAdd(table.Name, Attributes(table), Number.Position(i + 1)))
            {
                break;
            }
        }

        return !tables.IsEmpty;
    }

    /// <inheritdoc/>
    public async ValueTask<long> GetSizeAsync(NodeId file, bool readFollows, CancellationToken cancellationToken)
    {
        try
        {
            return await _unpacker.GetLengthAsync(RequireTable(file).Content, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not (OperationCanceledException or FsException))
        {
            throw ErrnoMapping.ToFsException(e);
        }
    }

    /// <inheritdoc/>
    public ReadResult TryRead(NodeId file, long offset, Span<byte> destination)
    {
        if (!TryTable(file, out var table))
        {
            return ReadResult.Failed(Errno.InvalidArgument);
        }

        return _unpacker.TryRead(table!.Content, offset, destination, out var count) ? ReadResult.Read(count) : ReadResult.Pending;
    }

    /// <inheritdoc/>
    public async ValueTask WaitReadableAsync(NodeId file, long offset, int length, CancellationToken cancellationToken)
    {
        try
        {
            await _unpacker.WaitAsync(RequireTable(file).Content, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not (OperationCanceledException or FsException))
        {
            throw ErrnoMapping.ToFsException(e);
        }
    }

    /// <inheritdoc/>
    public BackingResult TryGetBacking(NodeId file)
    {
        if (!TryTable(file, out var table))
        {
            return BackingResult.None;
        }

        return _unpacker.TryLease(table!.Content) is { } lease ? BackingResult.Leased(new SpoolBacking(lease)) : BackingResult.Pending;
    }

    /// <inheritdoc/>
    public async ValueTask<IBackingFile?> OpenBackingAsync(NodeId file, CancellationToken cancellationToken)
    {
        while (true)
        {
            await WaitReadableAsync(file, 0, int.MaxValue, cancellationToken).ConfigureAwait(false);
            if (TryGetBacking(file) is { IsPending: false } here)
            {
                return here.File;
            }
        }
    }

    private ReadOnlySpan<Table> TablesIn(NodeId directory) =>
        LayerNumber.Of(directory) == LayerNumber.Catalogue && _byDirectory.TryGetValue(CatalogNodes.NodeOf(directory), out var tables) ? tables : default;

    private bool TryTable(NodeId node, out Table? table)
    {
        table = null;
        return LayerNumber.Of(node) == Number && LayerNumber.Own(node) <= int.MaxValue && _tables.TryGetValue((int)LayerNumber.Own(node), out table);
    }

    private Table RequireTable(NodeId node) => TryTable(node, out var table) ? table! : throw new FsException(Errno.InputOutput, "Not a table of this tree.");

    private NodeAttributes Attributes(Table table)
    {
        var node = Number.Node((ulong)table.Node);
        return new NodeAttributes
        {
            Node = node,
            Inode = node.Value,
            Kind = NodeKind.File,
            Size = table.Content.TryGetLength(out var length) ? length : NodeAttributes.UnknownSize,
            ModifiedUnixSeconds = _modified,
            LinkCount = 1,
        };
    }

    private List<Table> Find(DataSetBlobs blobs)
    {
        var (catalog, tables) = (blobs.Catalog, new List<Table>());
        for (var file = 0; file < catalog.FileCount; file++)
        {
            var node = catalog.NodeOf(file);
            var name = catalog.Name(node);
            if (name.Length > PackedEnding.Length && name.EndsWith(PackedEnding))
            {
                var unpacked = name[..^".gz"u8.Length];
                if (!catalog.TryFindChild(catalog.Parent(node), unpacked, out _))
                {
                    tables.Add(new Table(node, unpacked.ToArray(), _unpacker.Open(blobs, file, GzipUnpacking.Instance)));
                }
            }
        }

        return tables;
    }

    /// <param name="Node">The catalogue's number of the <c>.csv.gz</c>.</param>
    /// <param name="Name">The name without <c>.gz</c>.</param>
    /// <param name="Content">Its bytes.</param>
    private sealed record Table(int Node, byte[] Name, UnpackedFile Content);
}
