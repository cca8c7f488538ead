namespace MimicCxr.Daemon.Hosting;

/// <summary>An option as it was given.</summary>
/// <param name="Text">Its value.</param>
/// <param name="Source">The flag, variable or key it stands in, for messages.</param>
internal sealed record GivenOption(string Text, string Source);
