namespace MimicCxr.Cli.Commands;

/// <summary>An option of the daemon, known here for the help only: the daemon reads and judges its value.</summary>
/// <param name="Name">With its two dashes.</param>
/// <param name="Value">What follows it, for the help; null for a switch.</param>
/// <param name="Description">One line for the help.</param>
internal sealed record DaemonOption(string Name, string? Value, string Description);
