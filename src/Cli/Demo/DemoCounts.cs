namespace MimicCxr.Cli.Demo;

/// <summary>What the origin was asked for, as counted by itself.</summary>
/// <param name="Requests">Requests for files.</param>
/// <param name="PasswordChecks">Slow checks of the password.</param>
internal readonly record struct DemoCounts(int Requests, long PasswordChecks)
{
    /// <summary>The counts so far.</summary>
    public static DemoCounts Of(DemoOrigin origin) => new(origin.Requests, origin.PasswordChecks);

    /// <summary>What was added since <paramref name="earlier"/>.</summary>
    public DemoCounts Since(DemoCounts earlier) => new(Requests - earlier.Requests, PasswordChecks - earlier.PasswordChecks);
}
