using MimicCxr.Cli.Cost;
using MimicCxr.V1;

namespace MimicCxr.Cli.Output;

/// <summary>What <c>cost --json</c> prints.</summary>
/// <param name="Dataset">SLUG/VERSION</param>
/// <param name="Store">Where it is kept now.</param>
/// <param name="Cached">What the store has.</param>
/// <param name="Whole">All files that were asked for.</param>
/// <param name="FilesOfUnknownSize">How many of them are estimated.</param>
/// <param name="PricesAsOf">The day of the prices.</param>
/// <param name="PricesBasis">Where they were found, and what could not be found.</param>
/// <param name="Currency">What they are in.</param>
/// <param name="Classes">Prices by storage class.</param>
internal sealed record CostDocument(
    string Dataset,
    string Store,
    CostDocument.Part Cached,
    CostDocument.Part Whole,
    long FilesOfUnknownSize,
    string PricesAsOf,
    string PricesBasis,
    string Currency,
    IReadOnlyList<CostDocument.Class> Classes)
{
    /// <summary>Puts prices on what the daemon answered.</summary>
    public static CostDocument From(MeasureResponse size, PriceTable prices)
    {
        var cached = new Part(size.StoredFiles, size.StoredBytes);
        var whole = new Part(size.Files, size.Bytes + size.EstimatedBytes);
        return new CostDocument(
            size.Dataset,
            size.StoreUrl,
            cached,
            whole,
            size.FilesOfUnknownSize,
            prices.AsOf,
            prices.Basis,
            prices.Currency,
            [.. prices.Classes.Select(by => new Class(
                by.Name,
                by.Region,
                by.Source,
                Cents(by.Monthly(cached.Bytes, cached.Objects)),
                Cents(by.Monthly(whole.Bytes, whole.Objects)),
                Cents(by.Putting(whole.Objects)),
                Cents(by.ReadingOnce(whole.Bytes, whole.Objects)),
                by.EgressGib,
                by.Note))]);
    }

    private static decimal Cents(decimal price) => Math.Round(price, 2, MidpointRounding.AwayFromZero);

    private static decimal? Cents(decimal? price) => price is { } known ? Cents(known) : null;

    /// <summary>Objects and their bytes.</summary>
    internal sealed record Part(long Objects, long Bytes);

    /// <summary>Prices in one storage class.</summary>
    /// <param name="Name">The storage class.</param>
    /// <param name="Region">The region the prices are of.</param>
    /// <param name="Source">The provider's page to check them against.</param>
    /// <param name="CachedMonthly">Of what is cached, a month.</param>
    /// <param name="WholeMonthly">Of the whole, a month.</param>
    /// <param name="WholePutOnce">Of the requests that put the whole there; null where their price is not known.</param>
    /// <param name="WholeReadOnce">Of reading the whole once within the region; null where its price is not known.</param>
    /// <param name="EgressGib">Of each GiB that leaves for the internet.</param>
    /// <param name="Note">What else is to be known.</param>
    internal sealed record Class(
        string Name,
        string Region,
        string Source,
        decimal CachedMonthly,
        decimal WholeMonthly,
        decimal? WholePutOnce,
        decimal? WholeReadOnce,
        decimal EgressGib,
        string Note);
}
