using MimicCxr.Fs;

namespace MimicCxr.Daemon.Tree.Layers;

/// <summary>
/// Names a node below <c>selections</c>, which itself has the layer's own number 0. Selections are numbered for good and never anew,
/// so a node means the same in every run.
/// </summary>
/// <param name="Selection">The selection's id.</param>
/// <param name="Part">What it is.</param>
/// <param name="Index">Which one of them.</param>
internal readonly record struct SelectionNode(long Selection, SelectionPart Part, int Index)
{
    /// <summary>The largest id of a selection that has room: 25 of the 60 bits.</summary>
    public const long LargestSelection = (1 << 25) - 1;

    private const int PartShift = 31;
    private const int SelectionShift = PartShift + 4;

    /// <summary>The folder <c>selections</c>.</summary>
    public static NodeId Folder => LayerNumber.Selections.Node(0);

    /// <summary>Its number.</summary>
    public NodeId Id => LayerNumber.Selections.Node(((ulong)Selection << SelectionShift) | ((ulong)Part << PartShift) | (uint)Index);

    /// <summary>Takes a number apart.</summary>
    /// <returns>False for a node of another layer, and for <see cref="Folder"/>.</returns>
    public static bool TryRead(NodeId id, out SelectionNode node)
    {
        var own = LayerNumber.Own(id);
        node = new SelectionNode(
            (long)(own >> SelectionShift), (SelectionPart)((own >> PartShift) & ((1 << (SelectionShift - PartShift)) - 1)), (int)(own & int.MaxValue));
        return LayerNumber.Of(id) == LayerNumber.Selections && own != 0;
    }
}
