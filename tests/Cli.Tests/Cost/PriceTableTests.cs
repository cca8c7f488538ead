using System.Globalization;
using MimicCxr.Cli.Cost;

namespace MimicCxr.Cli.Tests.Cost;

public sealed class PriceTableTests
{
    [Fact]
    public void Load_TheBuiltInTable_HasADateSourcesAndPrices()
    {
        var table = PriceTable.Load();

        Assert.True(DateOnly.TryParse(table.AsOf, CultureInfo.InvariantCulture, out _));
        Assert.NotEmpty(table.Basis);
        Assert.All(table.Classes, by => Assert.True(by is { GibMonth: > 0, ThousandPuts: null or > 0, ThousandGets: null or > 0, EgressGib: > 0, Source.Length: > 0, Region.Length: > 0 }, by.Name));
        Assert.Equal(table.Classes.Count, table.Classes.Select(by => by.Name).Distinct().Count());
    }

    [Fact]
    public void Monthly_ObjectsSmallerThanTheSmallestBilled_AreBilledAsThat()
    {
        var by = new StorageClass("IA", "r", "s", GibMonth: 1, ThousandPuts: 10, ThousandGets: 1, RetrievalGib: 2, EgressGib: 0, Note: "", SmallestObject: 1 << 20);

        Assert.Equal(1m, by.Monthly(bytes: 1000, objects: 1024));
        Assert.Equal(4m, by.Monthly(bytes: 4L << 30, objects: 1024));
        Assert.Equal(20m, by.Putting(2000));
        Assert.Equal(10m, by.ReadingOnce(4L << 30, 2000));
    }

    [Fact]
    public void Monthly_ObjectsAreMonitored_CostsThatToo()
    {
        var by = new StorageClass("IT", "r", "s", GibMonth: 1, ThousandPuts: 10, ThousandGets: 1, RetrievalGib: 2, EgressGib: 0, Note: "", ThousandObjectsMonth: 3);

        Assert.Equal(10m, by.Monthly(bytes: 4L << 30, objects: 2000));
    }

    [Fact]
    public void Requests_OfUnknownPrice_AreNoZero()
    {
        var by = new StorageClass("GIR", "r", "s", GibMonth: 1, ThousandPuts: null, ThousandGets: null, RetrievalGib: 2, EgressGib: 0, Note: "");

        Assert.Null(by.Putting(2000));
        Assert.Null(by.ReadingOnce(4L << 30, 2000));
    }
}
