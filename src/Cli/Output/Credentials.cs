namespace MimicCxr.Cli.Output;

/// <summary>STATE/credentials.json, which the daemon reads.</summary>
internal sealed record Credentials(string Username, string Password);
