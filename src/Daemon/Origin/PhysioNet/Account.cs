namespace MimicCxr.Daemon.Origin.PhysioNet;

/// <summary>An account at the origin.</summary>
internal sealed record Account(string UserName, string Password)
{
    /// <summary>Never shows the password.</summary>
    public override string ToString() => UserName;
}
