using System.Collections;
using MimicCxr.Daemon.Catalog;
using MimicCxr.Daemon.Tables;

namespace MimicCxr.Daemon.Selections;

/// <summary>
/// The images of a selection, and what there is among them: which directories hold some, which states of a label and which splits
/// occur. A bit a file and a bit a node, 130 KB for all of MIMIC-CXR.
/// </summary>
internal sealed class SelectedImages
{
    private readonly BitArray _directories;
    private readonly ulong[] _states; // by labeler: a bit a label and state
    private readonly BitArray _splits;

    public SelectedImages(ImageTable images, FileSet files)
    {
        (Images, Files) = (images, files);
        _directories = new BitArray(images.Catalog.NodeCount);
        _states = new ulong[images.Labelers.Count];
        _splits = new BitArray(images.Splits.Names.Count);
        for (var image = 0; image < images.Count; image++)
        {
            if (Has(image))
            {
                Mark(image);
            }
        }
    }

    /// <summary>What is known of all images of the data set.</summary>
    public ImageTable Images { get; }

    /// <summary>Which files of the catalogue are in.</summary>
    public FileSet Files { get; }

    /// <summary>Whether an image is in.</summary>
    public bool Has(int image) => Files.Contains(Images.Files[image]);

    /// <summary>Whether a node of the catalogue is in: an image, or a directory that holds one.</summary>
    public bool HasNode(int node) => Images.Catalog.IsDirectory(node) ? _directories[node] : Files.Contains(Images.Catalog.FileOf(node));

    /// <summary>Whether an image is in whose study has a label in this state.</summary>
    public bool HasState(int labeler, int label, LabelState state) => (_states[labeler] & Bit(label, state)) != 0;

    /// <summary>Whether an image of a split is in.</summary>
    /// <param name="code">As in <see cref="ImageTable.Splits"/>.</param>
    public bool HasSplit(int code) => _splits[code];

    private static ulong Bit(int label, LabelState state) => 1ul << ((label * 4) + (int)state);

    private void Mark(int image)
    {
        var catalog = Images.Catalog;
        for (var directory = catalog.Parent(Images.NodeOf(image)); !_directories[directory]; directory = catalog.Parent(directory))
        {
            _directories[directory] = true;
        }

        _splits[Images.Splits.Codes[image]] = true;
        for (var i = 0; i < _states.Length; i++)
        {
            var labeler = Images.Labelers[i];
            for (var label = 0; label < labeler.Labels.Count; label++)
            {
                _states[i] |= Bit(label, labeler.StateOf(image, label));
            }
        }
    }
}
