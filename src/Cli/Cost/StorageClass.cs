namespace MimicCxr.Cli.Cost;

/// <summary>One way to keep objects, and its list prices.</summary>
/// <param name="Name">As the provider names it.</param>
/// <param name="Region">The region the prices are of.</param>
/// <param name="Source">The provider's page to check them against.</param>
/// <param name="GibMonth">Price of a GiB (what providers bill as GB) for a month.</param>
/// <param name="ThousandPuts">Price of a thousand PUT requests; null where it is not known.</param>
/// <param name="ThousandGets">Price of a thousand GET requests; null where it is not known.</param>
/// <param name="RetrievalGib">Price of reading a GiB, before egress.</param>
/// <param name="EgressGib">Price of a GiB that leaves for the internet; within the region nothing.</param>
/// <param name="Note">What else is to be known.</param>
/// <param name="SmallestObject">Bytes that a smaller object is billed as; 0 where there is no such rule.</param>
/// <param name="ThousandObjectsMonth">Price of a thousand objects for a month, whatever their size; 0 where there is none.</param>
internal sealed record StorageClass(
    string Name,
    string Region,
    string Source,
    decimal GibMonth,
    decimal? ThousandPuts,
    decimal? ThousandGets,
    decimal RetrievalGib,
    decimal EgressGib,
    string Note,
    long SmallestObject = 0,
    decimal ThousandObjectsMonth = 0)
{
    private const decimal Gib = 1L << 30;

    /// <summary>Price of keeping objects for a month.</summary>
    public decimal Monthly(long bytes, long objects) =>
        (Math.Max(bytes, objects * SmallestObject) / Gib * GibMonth) + (objects / 1000m * ThousandObjectsMonth);

    /// <summary>Price of putting objects there once; null where it is not known.</summary>
    public decimal? Putting(long objects) => objects / 1000m * ThousandPuts;

    /// <summary>Price of reading all of it once, within the region; null where it is not known.</summary>
    public decimal? ReadingOnce(long bytes, long objects) => (objects / 1000m * ThousandGets) + (bytes / Gib * RetrievalGib);
}
