using System.Globalization;
using MimicCxr.Cli.Cost;
using MimicCxr.V1;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace MimicCxr.Cli.Output;

/// <summary>Draws prices for people.</summary>
internal static class CostView
{
    /// <summary>What is there, what the whole would be, and a table of prices.</summary>
    public static IRenderable Draw(MeasureResponse size, PriceTable prices)
    {
        var cost = CostDocument.From(size, prices);
        var table = new Table().Border(TableBorder.Simple);
        table.AddColumn(new TableColumn($"{cost.Currency} a month").NoWrap());
        foreach (var column in new[] { "Cached", "Whole", "Put", "Read", "Egress" })
        {
            table.AddColumn(new TableColumn(column).NoWrap().RightAligned());
        }

        foreach (var by in cost.Classes)
        {
            table.AddRow(
                Markup.Escape(by.Name), Price(by.CachedMonthly), Price(by.WholeMonthly), Price(by.WholePutOnce), Price(by.WholeReadOnce), Price(by.EgressGib));
        }

        return new Rows(
            new Text($"{cost.Dataset} in {cost.Store}"),
            new Text($"cached: {Quantity.Count(cost.Cached.Objects, "object", "objects")}, {Quantity.Bytes(cost.Cached.Bytes)}"),
            new Text($"whole:  {Quantity.Count(cost.Whole.Objects, "object", "objects")}, {Whole(size, cost)}"),
            table,
            new Text($"List prices as of {cost.PricesAsOf}, without taxes and discounts. Put: the requests that fill it, once; read: all of it once, within the region; egress: a GiB.\n{cost.PricesBasis}"),
            new Text(string.Join('\n', cost.Classes.Select(by => $"{by.Name} ({by.Region}): {by.Note}. {by.Source}"))));
    }

    private static string Whole(MeasureResponse size, CostDocument cost)
    {
        if (size.FilesOfUnknownSize == 0)
        {
            return Quantity.Bytes(cost.Whole.Bytes);
        }

        var unknown = Quantity.Count(size.FilesOfUnknownSize, "file", "files");
        return size.FilesOfUnknownSize == size.Files
            ? "no size is known yet: read or prefetch some files first"
            : $"about {Quantity.Bytes(cost.Whole.Bytes)} ({unknown} of unknown size, estimated from the average of their kind)";
    }

    private static string Price(decimal? price) => price?.ToString("N2", CultureInfo.InvariantCulture) ?? "?";
}
