namespace MimicCxr.Sandbox.PhysioNet;

/// <summary>How a stand-in for PhysioNet behaves when nothing goes wrong.</summary>
public sealed record FakePhysioNetOptions
{
    /// <summary>The folder of all data sets: served is FOLDER/slug/version.</summary>
    public required string Folder { get; init; }

    /// <summary>Who may sign in.</summary>
    public required IReadOnlyList<FakeAccount> Accounts { get; init; }

    /// <summary>Port on the loopback address; 0 takes a free one, and keeps it over stop and start.</summary>
    public int Port { get; init; }

    /// <summary>Serves https with a certificate of its own making (<see cref="FakePhysioNet.Certificate"/>).</summary>
    public bool Https { get; init; }

    /// <summary>CPU time that checking a password takes, about; 0 for the cheapest.</summary>
    public TimeSpan PasswordCost { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Requests after which a session ends; null for never.</summary>
    public int? SessionRequests { get; init; }

    /// <summary>Bytes a second that one connection gets; null for no limit.</summary>
    public long? BytesPerSecond { get; init; }

    /// <summary>Time before every answer.</summary>
    public TimeSpan Latency { get; init; }
}
