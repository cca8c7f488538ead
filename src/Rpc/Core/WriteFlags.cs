namespace Grpc.Core;

/// <summary>How one message is written.</summary>
[Flags]
public enum WriteFlags
{
    /// <summary>Sent at once, compressed where the call is.</summary>
    None = 0,

    /// <summary>More follows soon: the message may wait for it.</summary>
    BufferHint = 1,

    /// <summary>Not compressed, even where the call is.</summary>
    NoCompress = 2,
}
