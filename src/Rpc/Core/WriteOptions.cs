namespace Grpc.Core;

/// <summary>How messages are written.</summary>
public sealed class WriteOptions
{
    /// <summary>Messages are sent at once, compressed where the call is.</summary>
    public static readonly WriteOptions Default = new();

    /// <summary>Makes options.</summary>
    /// <param name="flags">How messages are written.</param>
    public WriteOptions(WriteFlags flags = WriteFlags.None) => Flags = flags;

    /// <summary>How messages are written.</summary>
    public WriteFlags Flags { get; }
}
