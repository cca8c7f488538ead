namespace MimicCxr.Fs;

/// <summary>
/// What the kernel keeps of a mounted tree, and how to make it forget. Calls are safe from any thread but must
/// not be made while answering a request about the same node, where the kernel would wait for that answer.
/// </summary>
public interface IKernelCache
{
    /// <summary>Drops the cached pages and attributes of a node (FUSE_NOTIFY_INVAL_INODE).</summary>
    void ForgetPages(NodeId node);

    /// <summary>Drops a cached name, so that it is looked up again (FUSE_NOTIFY_INVAL_ENTRY).</summary>
    void ForgetName(NodeId directory, ReadOnlySpan<byte> name);
}
