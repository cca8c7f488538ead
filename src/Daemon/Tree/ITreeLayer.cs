using MimicCxr.Fs;

namespace MimicCxr.Daemon.Tree;

/// <summary>
/// What a mounted data set shows beside the files of its lists: adds names to directories of the catalogue, and answers for
/// its own nodes, whose numbers are made by <see cref="Number"/>. One instance a data set, shared by its mounts and the API.
/// <para>
/// Of <see cref="IFileTree"/> it answers questions about its own nodes, and of those about a directory of the
/// catalogue, <see cref="IFileTree.TryLookup"/> and <see cref="IFileTree.TryReadDirectory"/> with nothing but what it adds
/// there (false, or no entry: nothing). They run for every directory of a <c>find</c>, and must not allocate. Names that the
/// catalogue or another layer has there must not be added. Positions are given as the layer's own, 0 for the first
/// entry, and handed on made by <see cref="LayerNumber.Position"/>.
/// </para>
/// </summary>
internal interface ITreeLayer : IBackedFileTree
{
    /// <summary>Which layer it is; no two of a tree have the same.</summary>
    LayerNumber Number { get; }

    /// <summary>
    /// How many directories it adds to the root, for the root's link count. To other directories of the catalogue a layer adds
    /// files and links only.
    /// </summary>
    int RootDirectories => 0;

    /// <summary>For the user, on what it does not show or cannot give although that was asked for; null where all is well.</summary>
    string? Note => null;

    /// <summary>Does what is needed to show the right names from the beginning. Called before each mount and each call of the API, which wait for it.</summary>
    /// <param name="again">Also where it was done before, since it may end otherwise now: for a mount.</param>
    /// <param name="cancellationToken">Ends it.</param>
    Task PrepareAsync(bool again, CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>
    /// A name came, went or stands for another node from now on: directory and name. The kernel of each mount then forgets the name (also
    /// that there was none), the listing and the attributes of the directory. Raised when the layer answers so already, and not
    /// while it answers the kernel.
    /// </summary>
    event Action<NodeId, ReadOnlyMemory<byte>>? NameChanged
    {
        add { }
        remove { }
    }

    /// <summary>Shows what the index has by now. Whatever hinders it is logged; the layer then stays as it is.</summary>
    Task RefreshAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    bool IFileTree.TryReadLink(NodeId link, out ReadOnlyMemory<byte> target)
    {
        target = default;
        return false;
    }

    /// <inheritdoc/>
    TreeStatistics IFileTree.GetStatistics() => default;

    /// <inheritdoc/>
    void IFileTree.Mounted(IKernelCache kernel)
    {
    }

    /// <inheritdoc/>
    BackingResult IBackedFileTree.TryGetBacking(NodeId file) => BackingResult.None;

    /// <inheritdoc/>
    ValueTask<IBackingFile?> IBackedFileTree.OpenBackingAsync(NodeId file, CancellationToken cancellationToken) => default;
}
