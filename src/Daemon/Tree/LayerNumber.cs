using MimicCxr.Fs;

namespace MimicCxr.Daemon.Tree;

/// <summary>
/// Says which layer of a mounted tree a node belongs to: the top four bits of its <see cref="NodeId"/>. The rest is the
/// layer's own, and the same in every run. Positions in a directory of several layers carry the number too, four bits
/// lower, since the kernel's are signed.
/// </summary>
internal readonly record struct LayerNumber
{
    /// <summary>One more than the largest number.</summary>
    public const int Limit = 1 << Bits;

    private const int Bits = 4;
    private const int NodeShift = 64 - Bits;
    private const int PositionShift = 56;

    private LayerNumber(int value) => Value = value;

    /// <summary>What the data set's lists name: <see cref="DataSetTree"/>.</summary>
    public static LayerNumber Catalogue => default;

    /// <summary>Tables, unpacked.</summary>
    public static LayerNumber UnpackedTables => new(1);

    /// <summary>Reports out of the archive of mimic-cxr.</summary>
    public static LayerNumber Reports => new(2);

    /// <summary>The folder of selections.</summary>
    public static LayerNumber Selections => new(3);

    /// <summary>0 to <see cref="Limit"/> - 1.</summary>
    public int Value { get; }

    /// <summary>The layer that a node belongs to.</summary>
    public static LayerNumber Of(NodeId node) => new((int)(node.Value >> NodeShift));

    /// <summary>The layer that a position in a directory belongs to.</summary>
    public static LayerNumber OfPosition(ulong position) => new((int)(position >> PositionShift) & (Limit - 1));

    /// <summary>The layer's own number of a node.</summary>
    public static ulong Own(NodeId node) => node.Value & ((1ul << NodeShift) - 1);

    /// <summary>The layer's own position.</summary>
    public static ulong OwnPosition(ulong position) => position & ((1ul << PositionShift) - 1);

    /// <summary>A node of this layer.</summary>
    /// <param name="own">Its number within the layer, below 2^60.</param>
    public NodeId Node(ulong own) => new(((ulong)Value << NodeShift) | own);

    /// <summary>A position in a directory, to be given to <see cref="DirectoryListing.TryAdd"/>.</summary>
    /// <param name="own">The position among this layer's entries, 1 to 2^56 - 1.</param>
    public ulong Position(ulong own) => ((ulong)Value << PositionShift) | own;
}
