namespace MimicCxr.Sandbox.PhysioNet;

/// <summary>
/// Something that goes wrong on demand. Faults of the body (from <see cref="FaultKind.Reset"/> on) hit GETs of files
/// that would have been answered 200 or 206; the others hit every GET and HEAD below /files/.
/// </summary>
public sealed record Fault
{
    /// <summary>What goes wrong.</summary>
    public required FaultKind Kind { get; init; }

    /// <summary>Paths that are hit, as requested ("/files/..."); '*' stands for any characters, '?' for one.</summary>
    public string Path { get; init; } = "*";

    /// <summary>Share of the paths that are hit, from 0 to 1; which ones is decided by <see cref="Seed"/>.</summary>
    public double Share { get; init; } = 1;

    /// <summary><see cref="Share"/> counts requests, so that a repeated request has another chance.</summary>
    public bool PerRequest { get; init; }

    /// <summary>Decides which paths or requests are hit.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>Hits only the first so many requests of each path; null for all.</summary>
    public int? Times { get; init; }

    /// <summary>Hits so many requests in all; null for no limit.</summary>
    public int? TotalTimes { get; init; }

    /// <summary>Bytes of the body that come before the fault; null for half of them.</summary>
    public long? AfterBytes { get; init; }

    /// <summary>The answer of <see cref="FaultKind.Status"/>.</summary>
    public int Status { get; init; } = 503;

    /// <summary>Seconds in Retry-After; null for no such header.</summary>
    public int? RetryAfterSeconds { get; init; }

    /// <summary>How long <see cref="FaultKind.Latency"/> or <see cref="FaultKind.Stall"/> lasts; a stall without it waits to be released.</summary>
    public double? Seconds { get; init; }

    /// <summary>The limit of <see cref="FaultKind.Rate"/>.</summary>
    public long? BytesPerSecond { get; init; }

    /// <summary>Scheme and host that <see cref="FaultKind.Redirect"/> leads to.</summary>
    public Uri? Location { get; init; }

    internal bool IsOfBody => Kind >= FaultKind.Reset;

    /// <summary>Checks that what the kind needs is there.</summary>
    /// <exception cref="ArgumentException">Says what is missing or out of range.</exception>
    internal void Validate()
    {
        var problem = this switch
        {
            { Share: < 0 or > 1 } => "share must be from 0 to 1",
            { Kind: FaultKind.Redirect, Location: null } => "redirect needs location",
            { Kind: FaultKind.Latency, Seconds: null } => "latency needs seconds",
            { Kind: FaultKind.Rate, BytesPerSecond: null or < 1 } => "rate needs bytesPerSecond of 1 or more",
            { Kind: FaultKind.Status, Status: < 400 or > 599 } => "status must be from 400 to 599",
            { Seconds: < 0 } or { AfterBytes: < 0 } => "seconds and afterBytes must not be negative",
            _ => null,
        };
        if (problem is not null)
        {
            throw new ArgumentException($"fault {Kind}: {problem}");
        }
    }
}
