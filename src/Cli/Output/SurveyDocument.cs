namespace MimicCxr.Cli.Output;

/// <summary>A line of <c>cache rebuild-index --json</c>.</summary>
internal sealed record SurveyDocument(string Dataset, long Found, long NewlyKnown, long Gone);
