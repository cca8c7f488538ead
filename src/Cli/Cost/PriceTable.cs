using System.Text.Json;

namespace MimicCxr.Cli.Cost;

/// <summary>List prices of object storage, from <c>prices.json</c> in this folder: to be renewed there, with its date.</summary>
/// <param name="AsOf">The day they were looked up.</param>
/// <param name="Currency">What they are in.</param>
/// <param name="Classes">The storage classes.</param>
internal sealed record PriceTable(string AsOf, string Currency, IReadOnlyList<StorageClass> Classes)
{
    private static readonly JsonSerializerOptions Reading = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    /// <summary>The table that this program was built with.</summary>
    public static PriceTable Load()
    {
        using var json = typeof(PriceTable).Assembly.GetManifestResourceStream("MimicCxr.Cli.Cost.prices.json")!;
        return JsonSerializer.Deserialize<PriceTable>(json, Reading)!;
    }
}
