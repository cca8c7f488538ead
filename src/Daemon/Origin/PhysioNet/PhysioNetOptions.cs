namespace MimicCxr.Daemon.Origin.PhysioNet;

/// <summary>How to talk to PhysioNet.</summary>
internal sealed record PhysioNetOptions : OriginOptions
{
    /// <summary>The agent's name begins as Wget's, since PhysioNet honours a password only then, and names this product.</summary>
    public const string DefaultUserAgent = "Wget/1.21 (mimic-cxr)";

    /// <summary>The server, without a path.</summary>
    public required Uri BaseAddress { get; init; }

    /// <summary>Value of the User-Agent header.</summary>
    public string UserAgent { get; init; } = DefaultUserAgent;
}
