using MimicCxr.Cli.Output;

namespace MimicCxr.Cli.Tests.Output;

public sealed class QuantityTests
{
    [Theory]
    [InlineData(0, "0 B")]
    [InlineData(1023, "1023 B")]
    [InlineData(1536, "1.5 KiB")]
    [InlineData(4L << 30, "4.0 GiB")]
    [InlineData(5_170_000_000_000, "4.7 TiB")]
    public void Bytes_Number_HasAUnit(long bytes, string expected) => Assert.Equal(expected, Quantity.Bytes(bytes));

    [Theory]
    [InlineData(0, "0 s")]
    [InlineData(0.42, "0.4 ms")]
    [InlineData(64, "64 ms")]
    [InlineData(2_340, "2.3 s")]
    [InlineData(200_000, "3 min 20 s")]
    [InlineData(7_500_000, "2 h 5 min")]
    [InlineData(273_600_000, "3 d 4 h")]
    public void Duration_Milliseconds_HasItsTwoLargestUnits(double milliseconds, string expected) =>
        Assert.Equal(expected, Quantity.Duration(TimeSpan.FromMilliseconds(milliseconds)));

    [Theory]
    [InlineData(1, "1 file")]
    [InlineData(377_110, "377,110 files")]
    public void Count_Number_AgreesWithItsWord(long count, string expected) =>
        Assert.Equal(expected, Quantity.Count(count, "file", "files"));
}
