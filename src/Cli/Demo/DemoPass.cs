namespace MimicCxr.Cli.Demo;

/// <summary>One reading of all pictures.</summary>
/// <param name="Files">How many.</param>
/// <param name="Right">How many had the SHA-256 of the data set's list.</param>
/// <param name="Bytes">Their bytes in all.</param>
/// <param name="Time">The time that reading took, checking left out.</param>
internal sealed record DemoPass(int Files, int Right, long Bytes, TimeSpan Time);
