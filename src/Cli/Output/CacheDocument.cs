namespace MimicCxr.Cli.Output;

/// <summary>What <c>cache stats --json</c> prints: the parts of <see cref="StatusDocument"/> that are about caching.</summary>
internal sealed record CacheDocument(
    StatusDocument.SpoolPart Spool, StatusDocument.StorePart Store, StatusDocument.ReadsPart Reads);
