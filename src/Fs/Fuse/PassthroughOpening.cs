namespace MimicCxr.Fs.Fuse;

/// <summary>What OPEN needs in mode passthrough.</summary>
internal sealed class PassthroughOpening(IBackedFileTree tree, OpenFiles openFiles, TimeSpan waitLimit, TimeProvider time)
{
    public IBackedFileTree Tree => tree;

    public OpenFiles OpenFiles => openFiles;

    /// <summary>The OPEN of a file that is not whole yet.</summary>
    public ParkedOpen Park(ulong unique, NodeId file) => new(unique, file, tree, openFiles, waitLimit, time);
}
