namespace MimicCxr.Rpc.Tests;

public sealed class CallTimeoutTests
{
    [Theory]
    [InlineData("1H", 3_600_000_000)]
    [InlineData("2M", 120_000_000)]
    [InlineData("3S", 3_000_000)]
    [InlineData("4m", 4_000)]
    [InlineData("5u", 5)]
    [InlineData("6000n", 6)]
    [InlineData("00000010u", 10)]
    public void TryParse_EachUnit_Reads(string text, long microseconds)
    {
        Assert.True(CallTimeout.TryParse(text, out var timeout));
        Assert.Equal(TimeSpan.FromMicroseconds(microseconds), timeout);
    }

    [Theory]
    [InlineData("")]
    [InlineData("5")]
    [InlineData("S")]
    [InlineData("-5S")]
    [InlineData("5 S")]
    [InlineData("5x")]
    [InlineData("123456789S")]
    public void TryParse_Malformed_Refuses(string text) => Assert.False(CallTimeout.TryParse(text, out _));

    [Fact]
    public void TryParse_Centuries_AreCutToWhatTimersTake()
    {
        Assert.True(CallTimeout.TryParse("99999999H", out var timeout));
        Assert.Equal(CallTimeout.Longest, timeout);
    }

    [Theory]
    [InlineData(-5, "1u")]
    [InlineData(0, "1u")]
    [InlineData(1_500_000, "1500000u")]
    [InlineData(100_000_000, "100000m")]
    [InlineData(100_000_001, "100001m")]
    [InlineData(100_000_000_000, "100000S")]
    public void Encode_AnyLength_RoundsUpToEightDigits(long microseconds, string text) =>
        Assert.Equal(text, CallTimeout.Encode(TimeSpan.FromMicroseconds(microseconds)));
}
