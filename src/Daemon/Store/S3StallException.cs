namespace MimicCxr.Daemon.Store;

/// <summary>A request to the bucket was given up since nothing of it moved.</summary>
/// <param name="limit">For how long.</param>
/// <param name="inner">How it ended.</param>
internal sealed class S3StallException(TimeSpan limit, Exception inner) : IOException($"nothing moved for {limit.TotalSeconds:0.#} s", inner);
