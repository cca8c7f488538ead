namespace MimicCxr.Daemon.Tree.Layers;

/// <summary>What a node below <c>selections</c> is. The numbers are part of node numbers and stay what they are.</summary>
internal enum SelectionPart
{
    /// <summary><c>NAME</c>, the folder of a selection.</summary>
    Top = 0,

    /// <summary>A directory of the catalogue, by its number there, as far as it holds images of the selection.</summary>
    Directory = 1,

    /// <summary><c>manifest.csv</c></summary>
    Manifest = 2,

    /// <summary><c>by-label</c></summary>
    Labels = 3,

    /// <summary><c>by-label/LABEL</c>, by the column.</summary>
    Label = 4,

    /// <summary><c>by-label/LABEL/STATE</c>, by the column times 4 and the state.</summary>
    State = 5,

    /// <summary>A link in any such folder, by the image: all those of an image are one node.</summary>
    LabelLink = 6,

    /// <summary><c>by-split</c></summary>
    Splits = 7,

    /// <summary><c>by-split/SPLIT</c>, by the split's code.</summary>
    Split = 8,

    /// <summary>A link in such a folder, by the image.</summary>
    SplitLink = 9,
}
