using MimicCxr.V1;

namespace MimicCxr.Cli.Output;

/// <summary>What <c>cache evict --json</c> prints.</summary>
internal sealed record EvictDocument(long Evicted, long Bytes, long Held, long ObjectsRemoved, long ObjectBytes)
{
    /// <summary>Takes over what the daemon answered.</summary>
    public static EvictDocument From(EvictResponse result) =>
        new(result.Evicted, result.Bytes, result.Held, result.ObjectsRemoved, result.ObjectBytes);
}
