using System.Runtime.InteropServices;

namespace MimicCxr.Fs.Tests.Support;

/// <summary>A lease of a temporary file with the node's content, gone when the lease ends as an evicted blob would be.</summary>
internal sealed class SampleBacking : IBackingFile
{
    private readonly SampleNode _node;
    private readonly string _path = Path.GetTempFileName();
    private int _isDisposed;

    public SampleBacking(SampleNode node)
    {
        _node = node;
        File.WriteAllBytes(_path, node.Content);
        Handle = File.OpenHandle(_path);
        Interlocked.Increment(ref node.Leases);
        Interlocked.Increment(ref node.LeasesNow);
    }

    public SafeHandle Handle { get; }

    public void Dispose()
    {
        Assert.Equal(0, Interlocked.Exchange(ref _isDisposed, 1));
        Handle.Dispose();
        File.Delete(_path);
        Interlocked.Decrement(ref _node.LeasesNow);
    }
}
