namespace MimicCxr.Fs.Tests.Support;

/// <summary>A node of <see cref="SampleTree"/> and how it behaves.</summary>
internal sealed class SampleNode(NodeId id, byte[] name, NodeKind kind)
{
    public int Lookups;
    public int Reads;

    /// <summary>How many more times TryRead says "pending" although the gate is open.</summary>
    public int StillPending;

    public NodeId Id => id;

    public byte[] Name => name;

    public NodeKind Kind => kind;

    public byte[] Content { get; set; } = [];

    public List<SampleNode> Children { get; } = [];

    /// <summary>The bytes are here when this completes; its exception is that of WaitReadableAsync.</summary>
    public Task BytesGate { get; set; } = Task.CompletedTask;

    /// <summary>The size is known when this completes.</summary>
    public Task SizeGate { get; set; } = Task.CompletedTask;

    /// <summary>Completes when a wait for bytes was cancelled.</summary>
    public TaskCompletionSource Cancelled { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public bool IgnoresCancellation { get; set; }

    public bool? SizeAskedForRead { get; set; }

    /// <summary>Whether the tree says that this file has no backing file.</summary>
    public bool HasNoBacking { get; set; }

    /// <summary>What OpenBackingAsync throws.</summary>
    public Exception? BackingThrows { get; set; }

    /// <summary>Leases that were given, and those of them that are not over.</summary>
    public int Leases;
    public int LeasesNow;

    public Errno? ReadError { get; set; }

    public Exception? Throws { get; set; }

    public NodeAttributes Attributes => new()
    {
        Node = id,
        Inode = id.Value + 1000,
        Kind = kind,
        Size = kind == NodeKind.Directory ? 0 : SizeGate.IsCompleted ? Content.Length : NodeAttributes.UnknownSize,
        ModifiedUnixSeconds = 1_600_000_000,
        LinkCount = kind == NodeKind.Directory ? 2 : 1,
    };

    /// <summary>Holds the bytes back until the source is completed.</summary>
    public TaskCompletionSource HoldBytes()
    {
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        BytesGate = gate.Task;
        return gate;
    }

    /// <summary>Makes the size unknown until the source is completed.</summary>
    public TaskCompletionSource HoldSize()
    {
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        SizeGate = gate.Task;
        return gate;
    }
}
