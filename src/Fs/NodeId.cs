namespace MimicCxr.Fs;

/// <summary>
/// Names one node of a tree towards the kernel (the <c>nodeid</c> of the FUSE protocol). Opaque to this
/// assembly but for <see cref="Root"/>. A tree gives the same node the same number in every run, so that a
/// mount can outlive its daemon.
/// </summary>
/// <param name="Value">The number; never 0, which the kernel protocol uses for "no such entry".</param>
public readonly record struct NodeId(ulong Value)
{
    /// <summary>The root directory: FUSE_ROOT_ID of linux/fuse.h.</summary>
    public static NodeId Root => new(1);
}
