using System.Collections.Frozen;
using Microsoft.Extensions.Logging;
using MimicCxr.Daemon.Cache;
using MimicCxr.Daemon.Catalog;
using MimicCxr.Daemon.Selections;
using MimicCxr.Daemon.Tables;
using MimicCxr.Fs;

namespace MimicCxr.Daemon.Tree.Layers;

/// <summary>
/// The folder <c>selections</c>, with a folder for every selection of a data set; there is none before the first. What the index
/// has is shown after <see cref="RefreshAsync"/>, which whoever makes or deletes a selection calls. A deleted selection is
/// no longer found by its name, but the last ones answer on for programs that have something of them open.
/// </summary>
internal sealed class SelectionLayer : ITreeLayer
{
    private const int DeletedKept = 16;

    private readonly DataSetDefinition _definition;
    private readonly DataSetBlobs _blobs;
    private readonly CatalogNodes _nodes;
    private readonly SelectionStore _store;
    private readonly ImageTables _tables;
    private readonly ILogger _logger;
    private readonly Lock _lock = new();
    private Task _refreshed = Task.CompletedTask; // under _lock: one refreshing after the other
    private SelectionNames? _names; // of whoever refreshes
    private volatile Folders _folders = new([], []);

    public SelectionLayer(
        DataSetDefinition definition, DataSetBlobs blobs, CatalogNodes nodes, SelectionStore store, ImageTables tables, ILogger logger)
    {
        (_definition, _blobs, _nodes, _store, _tables, _logger) = (definition, blobs, nodes, store, tables, logger);
        nodes.Replaced += ForgetOld;
    }

    /// <inheritdoc/>
    public event Action<NodeId, ReadOnlyMemory<byte>>? NameChanged;

    /// <inheritdoc/>
    public LayerNumber Number => LayerNumber.Selections;

    /// <inheritdoc/>
    public int RootDirectories => _folders.Named.Length > 0 ? 1 : 0;

    private static ReadOnlySpan<byte> FolderName => "selections"u8;

    /// <inheritdoc/>
    public Task RefreshAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return _refreshed = RefreshAfterAsync(_refreshed, cancellationToken);
        }
    }

    /// <inheritdoc/>
    public bool TryLookup(NodeId directory, ReadOnlySpan<byte> name, out NodeAttributes attributes)
    {
        var folders = _folders;
        if (directory == NodeId.Root)
        {
            var found = folders.Named.Length > 0 && name.SequenceEqual(FolderName);
            attributes = found ? Attributes(folders) : default;
            return found;
        }

        if (directory == SelectionNode.Folder)
        {
            foreach (var named in folders.Named)
            {
                if (name.SequenceEqual(named.Name))
                {
                    attributes = named.Top;
                    return true;
                }
            }
        }

        attributes = default;
        return TryFolder(directory, out var folder, out var node) && folder.TryLookup(node.Part, node.Index, name, out attributes);
    }

    /// <inheritdoc/>
    public bool TryGetAttributes(NodeId node, out NodeAttributes attributes)
    {
        if (node == SelectionNode.Folder)
        {
            attributes = Attributes(_folders);
            return true;
        }

        attributes = default;
        return TryFolder(node, out var folder, out var own) && folder.TryGetAttributes(own.Part, own.Index, out attributes);
    }

    /// <inheritdoc/>
    public bool TryReadDirectory(NodeId directory, ulong position, ref DirectoryListing listing)
    {
        var folders = _folders;
        if (directory == NodeId.Root)
        {
            return folders.Named.Length > 0 && position == 0 && listing.TryAdd(FolderName, Attributes(folders), Number.Position(1));
        }

        if (directory != SelectionNode.Folder)
        {
            return TryFolder(directory, out var folder, out var node) && folder.TryReadDirectory(node.Part, node.Index, position, ref listing);
        }

        // In the order of their ids, which are the positions: so whatever comes and goes meanwhile, none is left out.
        foreach (var named in folders.Named)
        {
            if ((ulong)named.Id > position && !listing.TryAdd(named.Name, named.Top, Number.Position((ulong)named.Id)))
            {
                break;
            }
        }

        return true;
    }

    /// <inheritdoc/>
    public bool TryReadLink(NodeId link, out ReadOnlyMemory<byte> target)
    {
        target = default;
        return TryFolder(link, out var folder, out var node) && folder.TryReadLink(node.Part, node.Index, out target);
    }

    /// <inheritdoc/>
    public async ValueTask<long> GetSizeAsync(NodeId file, bool readFollows, CancellationToken cancellationToken) =>
        TryManifest(file, out var manifest) ? await manifest.MeasureAsync(cancellationToken).ConfigureAwait(false)
        : throw new FsException(Errno.InputOutput, "Not a file of this layer.");

    /// <inheritdoc/>
    public ReadResult TryRead(NodeId file, long offset, Span<byte> destination) =>
        !TryManifest(file, out var manifest) ? ReadResult.Failed(Errno.InvalidArgument)
        : manifest.TryRead(offset, destination, out var count) ? ReadResult.Read(count)
        : ReadResult.Pending;

    /// <inheritdoc/>
    public async ValueTask WaitReadableAsync(NodeId file, long offset, int length, CancellationToken cancellationToken) =>
        await GetSizeAsync(file, readFollows: true, cancellationToken).ConfigureAwait(false);

    private NodeAttributes Attributes(Folders folders) => new()
    {
        Node = SelectionNode.Folder,
        Inode = SelectionNode.Folder.Value,
        Kind = NodeKind.Directory,
        Size = 0,
        ModifiedUnixSeconds = _nodes.ModifiedUnixSeconds,
        LinkCount = 2 + folders.Named.Length,
    };

    private bool TryFolder(NodeId id, out SelectionFolder folder, out SelectionNode node)
    {
        folder = null!;
        return SelectionNode.TryRead(id, out node) && _folders.ById.TryGetValue(node.Selection, out folder!);
    }

    private bool TryManifest(NodeId id, out Manifest manifest)
    {
        var found = TryFolder(id, out var folder, out var node) && node is { Part: SelectionPart.Manifest, Index: 0 };
        manifest = found ? folder.Manifest : null!;
        return found;
    }

    private async Task RefreshAfterAsync(Task before, CancellationToken cancellationToken)
    {
        await before.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ForceYielding);
        try
        {
            await ShowAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            _logger.LogWarning("The folder of selections could not be brought up to date; the next mount or selection tries again: {Reason}", e.Message);
        }
    }

    private async Task ShowAsync(CancellationToken cancellationToken)
    {
        var before = _folders;
        if (_blobs.Catalog.TryFindChild(0, FolderName, out _))
        {
            return;
        }

        var kept = _store.All(_definition.Id).Where(selection => selection.Id <= SelectionNode.LargestSelection).ToDictionary(selection => selection.Id);
        List<SelectionFolder> fresh = [];
        foreach (var selection in kept.Values.Where(selection => !before.ById.ContainsKey(selection.Id)))
        {
            var images = await _tables.OpenAsync(_definition, cancellationToken).ConfigureAwait(false);
            if (TryFiles(selection) is { } files)
            {
                fresh.Add(new SelectionFolder(selection, new SelectedImages(images, files), _names ??= new SelectionNames(images), _nodes));
            }
        }

        var gone = before.Named.Where(folder => !kept.ContainsKey(folder.Id)).ToList();
        SelectionFolder[] named = [.. before.Named.Except(gone).Concat(fresh).OrderBy(folder => folder.Id)];
        SelectionFolder[] deleted = [.. gone.Concat(before.Deleted).Take(DeletedKept)];
        _folders = new Folders(named, deleted);
        foreach (var folder in gone.Concat(fresh))
        {
            NameChanged?.Invoke(SelectionNode.Folder, folder.Name);
        }

        if (named.Length > 0 != before.Named.Length > 0)
        {
            NameChanged?.Invoke(NodeId.Root, FolderName.ToArray());
        }
    }

    private FileSet? TryFiles(Selection selection)
    {
        try
        {
            return _store.Files(_definition.Id, _blobs.Catalog, selection.Name);
        }
        catch (InvalidDataException)
        {
            _logger.LogWarning("Selection {Id} of {DataSet} is not shown in mounts: it was made when the data set listed other files.", selection.Id, _definition.Id);
            return null;
        }
    }

    /// <summary>A file has another node: the kernel's names for the old one are wrong here too.</summary>
    private void ForgetOld(int node, NodeId old)
    {
        foreach (var folder in _folders.Named)
        {
            if (folder.HasNode(node))
            {
                NameChanged?.Invoke(folder.DirectoryOf(_blobs.Catalog.Parent(node)), _blobs.Catalog.Name(node).ToArray());
            }
        }
    }

    /// <param name="Named">Those that are shown, by id.</param>
    /// <param name="Deleted">The last ones that were, the latest first.</param>
    private sealed record Folders(SelectionFolder[] Named, SelectionFolder[] Deleted)
    {
        /// <summary>All of them.</summary>
        public FrozenDictionary<long, SelectionFolder> ById { get; } = Named.Concat(Deleted).ToFrozenDictionary(folder => folder.Id);
    }
}
