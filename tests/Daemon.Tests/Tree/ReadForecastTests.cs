using MimicCxr.Daemon.Tree;

namespace MimicCxr.Daemon.Tests.Tree;

public sealed class ReadForecastTests
{
    private readonly ReadForecast _forecast = new();

    [Theory]
    [InlineData(0, true)]
    [InlineData(15, true)]
    [InlineData(16, false)]
    [InlineData(10_000, false)]
    public void ExpectsRead_AfterSizesWithoutReads_EndsAtSixteen(int sizes, bool expected)
    {
        TellSizes(sizes);

        Assert.Equal(expected, _forecast.ExpectsRead);
    }

    [Fact]
    public void Reading_AfterALongScan_TurnsItRoundAtOnce()
    {
        TellSizes(10_000);

        _forecast.Reading(9_999);

        Assert.True(_forecast.ExpectsRead);
    }

    [Fact]
    public void Reading_FilesWhoseSizeWasNotAskedFor_ChangesNothing()
    {
        TellSizes(16);

        for (var file = 16; file < 200; file++)
        {
            _forecast.Reading(file);
        }

        Assert.False(_forecast.ExpectsRead);
    }

    [Fact]
    public void Reading_OneFileManyTimes_CountsOnce()
    {
        TellSizes(16);
        for (var read = 0; read < 100; read++)
        {
            _forecast.Reading(15);
        }

        _forecast.SizeTold(100);
        _forecast.SizeTold(101);

        Assert.False(_forecast.ExpectsRead);
    }

    [Fact]
    public void SizeTold_HalfOfTheFilesAreReadInTheEnd_KeepsExpectingReads()
    {
        for (var file = 0; file < 10_000; file++)
        {
            _forecast.SizeTold(file);
            if (file % 2 == 0)
            {
                _forecast.Reading(file);
            }

            Assert.True(_forecast.ExpectsRead);
        }
    }

    private void TellSizes(int count)
    {
        for (var file = 0; file < count; file++)
        {
            _forecast.SizeTold(file);
        }
    }
}
