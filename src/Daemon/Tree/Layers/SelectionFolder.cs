using System.Text;
using MimicCxr.Daemon.Catalog;
using MimicCxr.Daemon.Selections;
using MimicCxr.Daemon.Tables;
using MimicCxr.Fs;

namespace MimicCxr.Daemon.Tree.Layers;

/// <summary>
/// The folder of a selection, worked out from the catalogue and the tables when it is asked for: nothing is kept a node. Each of its
/// directories has slots, numbered the same in every run, some of which are empty: the children of the catalogue's directory,
/// the labels, the images. Its images are the catalogue's own nodes under another name, so their bytes and
/// pages are shared with <c>files</c>; links lead to them within the folder, so that it can be copied as a whole.
/// </summary>
internal sealed class SelectionFolder
{
    private const int States = 4;

    private readonly CatalogNodes _nodes;
    private readonly SelectedImages _selected;
    private readonly SelectionNames _names;
    private readonly ImageTable _images;
    private readonly CatalogSnapshot _catalog;
    private readonly int _files;

    public SelectionFolder(Selection selection, SelectedImages selected, SelectionNames names, CatalogNodes nodes)
    {
        (_nodes, _selected, _names, _images, _catalog) = (nodes, selected, names, selected.Images, selected.Images.Catalog);
        (Id, Name) = (selection.Id, Encoding.ASCII.GetBytes(selection.Name));
        Manifest = new Manifest(_images, selected.Files);
        _catalog.TryFindChild(0, _images.Folder, out _files);
    }

    /// <summary>The selection's id.</summary>
    public long Id { get; }

    /// <summary>Its name.</summary>
    public byte[] Name { get; }

    /// <summary>What <c>manifest.csv</c> holds.</summary>
    public Manifest Manifest { get; }

    /// <summary>The folder itself.</summary>
    public NodeAttributes Top => Attributes(SelectionPart.Top, 0);

    /// <summary>Whether it has a node of the catalogue.</summary>
    public bool HasNode(int node) => _selected.HasNode(node);

    /// <summary>The node that stands for a directory of the catalogue.</summary>
    public NodeId DirectoryOf(int node) => new SelectionNode(Id, SelectionPart.Directory, node).Id;

    /// <summary>Finds a child by its name.</summary>
    public bool TryLookup(SelectionPart part, int index, ReadOnlySpan<byte> name, out NodeAttributes attributes)
    {
        attributes = default;
        var slot = Exists(part, index) ? Find(part, index, name) : -1;
        if (slot < 0 || !Has(part, index, slot))
        {
            return false;
        }

        attributes = Child(part, index, slot);
        return true;
    }

    /// <summary>The attributes of a node.</summary>
    public bool TryGetAttributes(SelectionPart part, int index, out NodeAttributes attributes)
    {
        var exists = Exists(part, index);
        attributes = exists ? Attributes(part, index) : default;
        return exists;
    }

    /// <summary>Lists a directory from a slot on.</summary>
    public bool TryReadDirectory(SelectionPart part, int index, ulong position, ref DirectoryListing listing)
    {
        if (!Exists(part, index) || !IsDirectory(part))
        {
            return false;
        }

        var slots = Slots(part, index);
        for (var slot = position; slot < (ulong)slots; slot++)
        {
            if (Has(part, index, (int)slot)
                && !listing.TryAdd(NameOf(part, index, (int)slot), Child(part, index, (int)slot), LayerNumber.Selections.Position(slot + 1)))
            {
                break;
            }
        }

        return true;
    }

    /// <summary>Where a link leads to: an image below <c>files</c> of this folder.</summary>
    public bool TryReadLink(SelectionPart part, int index, out ReadOnlyMemory<byte> target)
    {
        target = default;
        if (part is not (SelectionPart.LabelLink or SelectionPart.SplitLink) || !Exists(part, index))
        {
            return false;
        }

        var up = UpFrom(part);
        var node = _images.NodeOf(index);
        var bytes = new byte[up.Length + _catalog.PathLength(node)];
        up.CopyTo(bytes);
        _catalog.WritePath(node, bytes.AsSpan(up.Length));
        target = bytes;
        return true;
    }

    private static bool IsDirectory(SelectionPart part) =>
        part is not (SelectionPart.Manifest or SelectionPart.LabelLink or SelectionPart.SplitLink);

    private static ReadOnlySpan<byte> UpFrom(SelectionPart part) => part == SelectionPart.LabelLink ? "../../../"u8 : "../../"u8;

    /// <summary>The parts of the top folder, in the order of their names.</summary>
    private static SelectionPart TopPart(int slot) => slot switch
    {
        0 => SelectionPart.Labels,
        1 => SelectionPart.Splits,
        2 => SelectionPart.Directory,
        _ => SelectionPart.Manifest,
    };

    /// <summary>Whether there is such a node; the kernel may ask for any number.</summary>
    private bool Exists(SelectionPart part, int index) => part switch
    {
        SelectionPart.Top or SelectionPart.Manifest => index == 0,
        SelectionPart.Directory => index < _catalog.NodeCount && _catalog.IsDirectory(index) && _selected.HasNode(index),
        SelectionPart.Labels => index == 0 && _names.Labels.Length > 0,
        SelectionPart.Label => index < _names.Labels.Length && _names.Labels[index] is not null,
        SelectionPart.State => index / States < _names.Labels.Length && HasState(index / States, index % States),
        SelectionPart.LabelLink or SelectionPart.SplitLink => index < _images.Count && IsShown(index),
        SelectionPart.Splits => index == 0 && _names.Splits.Length > 1,
        SelectionPart.Split => index < _names.Splits.Length && _names.Splits[index] is not null && _selected.HasSplit(index),
        _ => false,
    };

    private int Slots(SelectionPart part, int index) => part switch
    {
        SelectionPart.Top => 4,
        SelectionPart.Directory => _catalog.ChildCount(index),
        SelectionPart.Labels => _names.Labels.Length,
        SelectionPart.Label => States,
        SelectionPart.Splits => _names.Splits.Length,
        SelectionPart.State or SelectionPart.Split => _images.Count,
        _ => 0,
    };

    /// <summary>Whether a slot is taken.</summary>
    private bool Has(SelectionPart part, int index, int slot) => part switch
    {
        SelectionPart.Top => TopPart(slot) is var top && Exists(top, top == SelectionPart.Directory ? _files : 0),
        SelectionPart.Directory => _selected.HasNode(_catalog.FirstChild(index) + slot),
        SelectionPart.Labels => Exists(SelectionPart.Label, slot),
        SelectionPart.Label => HasState(index, slot),
        SelectionPart.Splits => Exists(SelectionPart.Split, slot),
        SelectionPart.State => IsShown(slot) && _names.Columns[index / States] is var (labeler, label)
            && (int)_images.Labelers[labeler].StateOf(slot, label) == index % States,
        SelectionPart.Split => IsShown(slot) && _images.Splits.Codes[slot] == index,
        _ => false,
    };

    private ReadOnlySpan<byte> NameOf(SelectionPart part, int index, int slot) => part switch
    {
        SelectionPart.Top => slot switch { 0 => "by-label"u8, 1 => "by-split"u8, 2 => _images.Folder, _ => "manifest.csv"u8 },
        SelectionPart.Directory => _catalog.Name(_catalog.FirstChild(index) + slot),
        SelectionPart.Labels => _names.Labels[slot],
        SelectionPart.Label => SelectionNames.States[slot],
        SelectionPart.Splits => _names.Splits[slot],
        _ => _images.FileName(slot),
    };

    /// <summary>The slot of a name, which may be empty all the same; -1 where none has it.</summary>
    private int Find(SelectionPart part, int index, ReadOnlySpan<byte> name)
    {
        switch (part)
        {
            case SelectionPart.Directory:
                return _catalog.TryFindChild(index, name, out var child) ? child - _catalog.FirstChild(index) : -1;
            case SelectionPart.State or SelectionPart.Split:
                return _images.Names.TryFind(name, out var image) ? image : -1;
            default:
                var slot = Slots(part, index) - 1;
                while (slot >= 0 && !NameOf(part, index, slot).SequenceEqual(name))
                {
                    slot--;
                }

                return slot;
        }
    }

    private NodeAttributes Child(SelectionPart part, int index, int slot)
    {
        switch (part)
        {
            case SelectionPart.Top:
                var top = TopPart(slot);
                return Attributes(top, top == SelectionPart.Directory ? _files : 0);
            case SelectionPart.Directory:
                var child = _catalog.FirstChild(index) + slot;
                return _catalog.IsDirectory(child) ? Attributes(SelectionPart.Directory, child) : _nodes.Attributes(child);
            case SelectionPart.Labels:
                return Attributes(SelectionPart.Label, slot);
            case SelectionPart.Label:
                return Attributes(SelectionPart.State, (index * States) + slot);
            case SelectionPart.State:
                return Attributes(SelectionPart.LabelLink, slot);
            case SelectionPart.Splits:
                return Attributes(SelectionPart.Split, slot);
            default:
                return Attributes(SelectionPart.SplitLink, slot);
        }
    }

    private NodeAttributes Attributes(SelectionPart part, int index)
    {
        var node = new SelectionNode(Id, part, index).Id;
        return new NodeAttributes
        {
            Node = node,
            Inode = node.Value,
            Kind = IsDirectory(part) ? NodeKind.Directory : part == SelectionPart.Manifest ? NodeKind.File : NodeKind.SymbolicLink,
            Size = part switch
            {
                SelectionPart.Manifest => Manifest.TryGetLength(out var length) ? length : NodeAttributes.UnknownSize,
                SelectionPart.LabelLink or SelectionPart.SplitLink => UpFrom(part).Length + _catalog.PathLength(_images.NodeOf(index)),
                _ => 0,
            },
            ModifiedUnixSeconds = _nodes.ModifiedUnixSeconds,
            LinkCount = IsDirectory(part) ? 2 + Subdirectories(part, index) : 1,
        };
    }

    private int Subdirectories(SelectionPart part, int index)
    {
        if (part is SelectionPart.State or SelectionPart.Split)
        {
            return 0;
        }

        var count = 0;
        for (var slot = Slots(part, index) - 1; slot >= 0; slot--)
        {
            var isFile = part switch
            {
                SelectionPart.Top => TopPart(slot) == SelectionPart.Manifest,
                SelectionPart.Directory => !_catalog.IsDirectory(_catalog.FirstChild(index) + slot),
                _ => false,
            };
            count += !isFile && Has(part, index, slot) ? 1 : 0;
        }

        return count;
    }

    private bool HasState(int column, int state) =>
        _names.Labels[column] is not null && _names.Columns[column] is var (labeler, label) && _selected.HasState(labeler, label, (LabelState)state);

    /// <summary>Whether an image is in and has its name for itself.</summary>
    private bool IsShown(int image) => _selected.Has(image) && _images.Names.IsFirst(image);
}
