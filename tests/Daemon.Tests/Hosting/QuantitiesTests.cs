using MimicCxr.Daemon.Hosting;

namespace MimicCxr.Daemon.Tests.Hosting;

public sealed class QuantitiesTests
{
    [Theory]
    [InlineData("1", 1)]
    [InlineData("1500000", 1_500_000)]
    [InlineData("7B", 7)]
    [InlineData("1K", 1024)]
    [InlineData("1KiB", 1024)]
    [InlineData("1KB", 1000)]
    [InlineData("20MB", 20_000_000)]
    [InlineData("20M", 20 << 20)]
    [InlineData("4GiB", 4L << 30)]
    [InlineData("4gib", 4L << 30)]
    [InlineData(" 4 GiB ", 4L << 30)]
    [InlineData("1.5GiB", 3L << 29)]
    [InlineData("0.5k", 512)]
    [InlineData("2TB", 2_000_000_000_000)]
    [InlineData("2TiB", 2L << 40)]
    public void TryParseBytes_AnAmount_IsRead(string text, long expected)
    {
        Assert.True(Quantities.TryParseBytes(text, out var bytes));
        Assert.Equal(expected, bytes);
    }

    [Theory]
    [InlineData("")]
    [InlineData("GiB")]
    [InlineData("-1")]
    [InlineData("0")]
    [InlineData("0.4")]
    [InlineData("1,5GiB")]
    [InlineData("1e9")]
    [InlineData("4XiB")]
    [InlineData("4BB")]
    [InlineData("4Ki")]
    [InlineData("4iB")]
    [InlineData("4 GiB x")]
    [InlineData("4GiB\n4GiB")]
    [InlineData("999999999999999TiB")]
    [InlineData("99999999999999999999")]
    [InlineData("NaN")]
    public void TryParseBytes_SomethingElse_IsRefused(string text) => Assert.False(Quantities.TryParseBytes(text, out _));

    [Theory]
    [InlineData("60s", 60_000)]
    [InlineData("60", 60_000)]
    [InlineData("500ms", 500)]
    [InlineData("2m", 120_000)]
    [InlineData("2min", 120_000)]
    [InlineData("1h", 3_600_000)]
    [InlineData("1.5 s", 1500)]
    public void TryParseTime_ATime_IsRead(string text, long milliseconds)
    {
        Assert.True(Quantities.TryParseTime(text, out var time));
        Assert.Equal(TimeSpan.FromMilliseconds(milliseconds), time);
    }

    [Theory]
    [InlineData("")]
    [InlineData("s")]
    [InlineData("0")]
    [InlineData("0s")]
    [InlineData("0.000000001s")]
    [InlineData("-1s")]
    [InlineData("1d")]
    [InlineData("1M")]
    [InlineData("1 ss")]
    [InlineData("999999999999999h")]
    public void TryParseTime_SomethingElse_IsRefused(string text) => Assert.False(Quantities.TryParseTime(text, out _));
}
