using MimicCxr.Daemon.Catalog;

namespace MimicCxr.Daemon.Tests.Catalog;

public sealed class DataSetIdTests
{
    [Fact]
    public void TryParse_SlugAndVersion_RoundTrips()
    {
        Assert.True(DataSetId.TryParse("mimic-cxr-jpg/2.1.0", out var id));
        Assert.Equal("mimic-cxr-jpg/2.1.0", id.ToString());
        Assert.Equal(new DataSetId("mimic-cxr-jpg", "2.1.0"), id);
    }

    [Theory]
    [InlineData("")]
    [InlineData("a")]
    [InlineData("a/")]
    [InlineData("/b")]
    [InlineData("a/b/c")]
    [InlineData("../b")]
    [InlineData("a/..")]
    [InlineData("a/b c")]
    [InlineData("a/b\u00e9")]
    public void TryParse_AnythingElse_IsFalse(string text) => Assert.False(DataSetId.TryParse(text, out _));

    [Fact]
    public void Find_EveryName_HasADefinition() => Assert.All(DataSetDefinition.Names, name =>
    {
        Assert.True(DataSetId.TryParse(name, out var id));
        Assert.Equal(id, DataSetDefinition.Find(id)!.Id);
    });
}
