using Grpc.Core;

namespace MimicCxr.Rpc.Tests;

public sealed class MetadataTests
{
    [Theory]
    [InlineData("name with blank")]
    [InlineData("ümlaut")]
    [InlineData("bytes-bin")]
    public void Add_NameThatCannotTravelWithText_Throws(string key) =>
        Assert.Throws<ArgumentException>(() => new Metadata { { key, "value" } });

    [Theory]
    [InlineData("ü")]
    [InlineData("line\nbreak")]
    public void Add_TextThatCannotTravel_Throws(string value) =>
        Assert.Throws<ArgumentException>(() => new Metadata { { "key", value } });

    [Fact]
    public void Get_SeveralOfOneName_GivesTheLast()
    {
        var metadata = new Metadata { { "Key", "1" }, { "other", "2" }, { "key", "3" } };

        Assert.Equal("3", metadata.GetValue("KEY"));
        Assert.Equal(["1", "3"], metadata.GetAll("key").Select(entry => entry.Value));
        Assert.Null(metadata.Get("none"));
    }

    [Theory]
    [InlineData("AAEC", new byte[] { 0, 1, 2 })]
    [InlineData("AAE=", new byte[] { 0, 1 })]
    [InlineData("AAE", new byte[] { 0, 1 })]
    [InlineData("AA", new byte[] { 0 })]
    public void HeadersAdd_BytesWithAndWithoutPadding_AreRead(string value, byte[] bytes)
    {
        var metadata = new Metadata();

        MetadataHeaders.Add(metadata, "x-bin", value);

        Assert.Equal(bytes, metadata.GetValueBytes("x-bin"));
    }

    [Fact]
    public void HeadersAdd_SeveralBytesJoined_AreTakenApart()
    {
        var metadata = new Metadata();

        MetadataHeaders.Add(metadata, "x-bin", "AA==, AQ");

        Assert.Equal([[0], [1]], metadata.GetAll("x-bin").Select(entry => entry.ValueBytes));
    }

    [Theory]
    [InlineData("grpc-status", "0")]
    [InlineData("content-type", "application/grpc")]
    [InlineData("x-bin", "not base64!")]
    [InlineData("x", "ü")]
    public void HeadersAdd_ReservedOrUnreadable_IsLeftOut(string name, string value)
    {
        var metadata = new Metadata();

        MetadataHeaders.Add(metadata, name, value);

        Assert.Empty(metadata);
    }

    [Fact]
    public void Empty_Add_Throws() => Assert.Throws<InvalidOperationException>(() => Metadata.Empty.Add("a", "b"));
}
