using System.Runtime.InteropServices;
using MimicCxr.Fs.Fuse;

namespace MimicCxr.Fs.Tests.Support;

/// <summary>Stands in for the kernel's table of backing files: ids from 1 on, and never one that is still in use.</summary>
internal sealed class RecordingRegistry : IBackingRegistry
{
    private readonly HashSet<int> _open = [];

    /// <summary>How many were opened.</summary>
    public int Opened { get; private set; }

    public IReadOnlyCollection<int> Open => _open;

    /// <summary>When set, every file is refused with it.</summary>
    public Errno? Refuses { get; set; }

    public int OpenBacking(SafeHandle file)
    {
        Opened++;
        if (Refuses is { } error)
        {
            return -(int)error;
        }

        Assert.False(file.IsClosed);
        _open.Add(Opened);
        return Opened;
    }

    public void CloseBacking(int id) => Assert.True(_open.Remove(id), "a backing id was closed that was not open");
}
