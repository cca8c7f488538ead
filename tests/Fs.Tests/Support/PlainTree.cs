namespace MimicCxr.Fs.Tests.Support;

/// <summary>A sample tree of which only <see cref="IFileTree"/> is to be seen.</summary>
internal sealed class PlainTree(SampleTree tree) : IFileTree
{
    public bool TryLookup(NodeId directory, ReadOnlySpan<byte> name, out NodeAttributes attributes) => tree.TryLookup(directory, name, out attributes);

    public bool TryGetAttributes(NodeId node, out NodeAttributes attributes) => tree.TryGetAttributes(node, out attributes);

    public ValueTask<long> GetSizeAsync(NodeId file, bool readFollows, CancellationToken cancellationToken) => tree.GetSizeAsync(file, readFollows, cancellationToken);

    public bool TryReadDirectory(NodeId directory, ulong position, ref DirectoryListing listing) => tree.TryReadDirectory(directory, position, ref listing);

    public bool TryReadLink(NodeId link, out ReadOnlyMemory<byte> target) => tree.TryReadLink(link, out target);

    public ReadResult TryRead(NodeId file, long offset, Span<byte> destination) => tree.TryRead(file, offset, destination);

    public ValueTask WaitReadableAsync(NodeId file, long offset, int length, CancellationToken cancellationToken) => tree.WaitReadableAsync(file, offset, length, cancellationToken);

    public TreeStatistics GetStatistics() => tree.GetStatistics();

    public void Mounted(IKernelCache kernel) => tree.Mounted(kernel);
}
