using System.Text.Json;

namespace MimicCxr.Cli.Cost;

/// <summary>
/// List prices of object storage, from <c>prices.json</c> in this folder: to be renewed there, with date and basis. Only classes whose
/// objects can be read at once.
/// </summary>
/// <param name="AsOf">The day of the prices.</param>
/// <param name="Currency">What they are in.</param>
/// <param name="Basis">Where the figures were found, and what could not be found.</param>
/// <param name="Classes">The storage classes.</param>
internal sealed record PriceTable(string AsOf, string Currency, string Basis, IReadOnlyList<StorageClass> Classes)
{
    private static readonly JsonSerializerOptions Reading = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    /// <summary>The table that this program was built with.</summary>
    public static PriceTable Load()
    {
        using var json = typeof(PriceTable).Assembly.GetManifestResourceStream("MimicCxr.Cli.Cost.prices.json")!;
        return JsonSerializer.Deserialize<PriceTable>(json, Reading)!;
    }
}
