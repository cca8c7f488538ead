using MimicCxr.Daemon.Selections;
using MimicCxr.Daemon.Tables;
using MimicCxr.Daemon.Tests.Support;

namespace MimicCxr.Daemon.Tests.Selections;

/// <summary>Queries over random tables, each compared with what the test works out from the images it made up.</summary>
public sealed class QueryRunTests
{
    private readonly RandomTables _tables = new(seed: 11, patients: 120);

    [Fact]
    public async Task Run_RandomConditions_FindWhatTheTablesSay()
    {
        var images = await _tables.ImportAsync();
        var random = new Random(3);
        var found = 0;
        for (var i = 0; i < 500; i++)
        {
            var (text, holds) = RandomCondition(random, depth: 4);
            var expected = _tables.Images.Where(holds).Select(image => image.Path);

            var paths = Paths(images, new ImageQuery { Where = [text] });

            Assert.Equal(expected, paths);
            found += paths.Count;
        }

        // Conditions that never hold, or always, would show nothing.
        Assert.InRange(found, 500L * images.Count / 10, 500L * images.Count * 9 / 10);
    }

    [Theory]
    [InlineData("train", "PA")]
    [InlineData("Validate,TEST", "pa,none")]
    [InlineData("", "none")]
    [InlineData("test", "")]
    public async Task Run_SplitsAndViews_AnyOfEach(string splits, string views)
    {
        var images = await _tables.ImportAsync();
        var query = new ImageQuery { Splits = Names(splits), Views = Names(views) };

        var paths = Paths(images, query);

        Assert.NotEmpty(paths);
        Assert.Equal(
            _tables.Images.Where(image => IsAny(query.Splits, image.Split) && IsAny(query.Views, image.View)).Select(image => image.Path), paths);
    }

    [Theory]
    [InlineData("2130-01-01", "2150-12-31")]
    [InlineData("21500601", "")]
    [InlineData("", "2120-03-04")]
    public async Task Run_Dates_BothEndsIncludedAndNoneLeftOut(string first, string last)
    {
        var images = await _tables.ImportAsync();
        var (from, to) = (first.Replace("-", "", StringComparison.Ordinal), last.Replace("-", "", StringComparison.Ordinal));

        var paths = Paths(images, new ImageQuery { FirstDate = first, LastDate = last });

        Assert.NotEmpty(paths);
        Assert.Equal(
            _tables.Images.Where(image => image.Date.Length > 0 && string.CompareOrdinal(image.Date, from) >= 0
                && (to.Length == 0 || string.CompareOrdinal(image.Date, to) <= 0)).Select(image => image.Path),
            paths);
    }

    [Fact]
    public async Task Run_DateOfAnImage_FindsItFromAndTo()
    {
        var images = await _tables.ImportAsync();
        var some = _tables.Images.First(image => image.Date.Length > 0);

        Assert.Contains(some.Path, Paths(images, new ImageQuery { FirstDate = some.Date, LastDate = some.Date }));
    }

    [Fact]
    public async Task Run_OnePerStudy_IsTheFirstThatFits()
    {
        var images = await _tables.ImportAsync();

        var paths = Paths(images, new ImageQuery { Views = ["AP"], OnePerStudy = true });

        Assert.Equal(_tables.Images.Where(image => image.View == "AP").DistinctBy(image => image.Study).Select(image => image.Path), paths);
    }

    [Fact]
    public async Task Run_Shares_AreWholePatientsAndWithinEachOther()
    {
        var images = await _tables.ImportAsync();
        var small = Subjects(images, new ImageQuery { Share = 0.2, Seed = 4 });
        var large = Subjects(images, new ImageQuery { Share = 0.5, Seed = 4 });

        Assert.Subset(large, small);
        Assert.InRange(small.Count, 10, 40);
        Assert.InRange(large.Count, 40, 80);
        Assert.NotEqual(large, Subjects(images, new ImageQuery { Share = 0.5, Seed = 5 }));
        Assert.Equal(120, Subjects(images, new ImageQuery { Share = 1 }).Count);
        // The same patients whatever else is asked for, and all that they have.
        Assert.Equal(
            _tables.Images.Where(image => small.Contains(image.Subject) && image.View == "PA").Select(image => image.Path),
            Paths(images, new ImageQuery { Share = 0.2, Seed = 4, Views = ["PA"] }));
    }

    [Fact]
    public async Task Run_Limit_IsReachedWithWholePatients()
    {
        var images = await _tables.ImportAsync();
        foreach (var limit in new[] { 1, 2, 10, 57, 100 })
        {
            var paths = Paths(images, new ImageQuery { Limit = limit, Seed = limit });

            Assert.Equal(limit, paths.Count);
            var subjects = _tables.Images.Where(image => paths.Contains(image.Path)).Select(image => image.Subject).ToHashSet();
            Assert.Equal(_tables.Images.Where(image => subjects.Contains(image.Subject)).Select(image => image.Path), paths);
        }

        Assert.Equal(images.Count, Paths(images, new ImageQuery { Limit = 1_000_000 }).Count);
    }

    [Fact]
    public void PlaceOf_KnownPatients_StaysWhatItIs()
    {
        // Samples are named in papers by their seed: the same in every version.
        Assert.Equal(0x3FF3769C5DEECFF6ul, PatientSample.PlaceOf(10_000_032, 0));
        Assert.Equal(0x15A22C01672BB6C7ul, PatientSample.PlaceOf(10_000_032, -1));
    }

    [Fact]
    public async Task Run_NoLimits_IsEverythingInPathOrder() =>
        Assert.Equal(_tables.Images.Select(image => image.Path), Paths(await _tables.ImportAsync(), new ImageQuery()));

    [Fact]
    public async Task Run_WhatTheTablesDoNotHave_IsRefused()
    {
        var images = await _tables.ImportAsync();

        Assert.Contains("LATERAL", Refusal(new ImageQuery { Views = ["PB"] }), StringComparison.Ordinal);
        Assert.Contains("validate", Refusal(new ImageQuery { Splits = ["valid"] }), StringComparison.Ordinal);
        Assert.Contains("2180-05-31", Refusal(new ImageQuery { FirstDate = "31.5.2180" }), StringComparison.Ordinal);
        Refusal(new ImageQuery { Share = 0 });
        Refusal(new ImageQuery { Share = 1.1 });
        Refusal(new ImageQuery { Share = double.NaN });
        Refusal(new ImageQuery { Limit = 0 });

        string Refusal(ImageQuery query) => Assert.Throws<ArgumentException>(() => QueryRun.Run(images, query, _ => true)).Message;
    }

    private static (string Text, Func<TableImage, bool> Holds) RandomCondition(Random random, int depth)
    {
        switch (depth == 0 ? 0 : random.Next(5))
        {
            case 1 or 2:
                var (isAnd, left, right) = (random.Next(2) == 0, RandomCondition(random, depth - 1), RandomCondition(random, depth - 1));
                return isAnd
                    ? ($"({left.Text}) and ({right.Text})", image => left.Holds(image) && right.Holds(image))
                    : ($"{left.Text} or {right.Text}", image => left.Holds(image) || right.Holds(image));
            case 3:
                var part = RandomCondition(random, depth - 1);
                return ($"not ({part.Text})", image => !part.Holds(image));
            default:
                var (labeler, label) = (RandomTables.Pick(random, RandomTables.Labelers), RandomTables.Pick(random, RandomTables.Labels));
                var states = new[] { "1.0", "0.0", "-1.0", "" }.Where(_ => random.Next(2) == 0).DefaultIfEmpty("").ToList();
                var prefix = labeler == "chexpert" && random.Next(2) == 0 ? "" : labeler + ":";
                return ($"{prefix}{label}={string.Join('|', states)}", image => states.Contains(image.Labels[TableImage.Key(labeler, label)]));
        }
    }

    private static bool IsAny(IReadOnlyList<string> wanted, string value) =>
        wanted.Count == 0 || wanted.Any(name => name.Equals(value.Length == 0 ? "none" : value, StringComparison.OrdinalIgnoreCase));

    private static string[] Names(string text) => text.Split(',', StringSplitOptions.RemoveEmptyEntries);

    private static List<string> Paths(ImageTable images, ImageQuery query) => QueryRun.Run(images, query, _ => true).ConvertAll(images.Path);

    private static HashSet<int> Subjects(ImageTable images, ImageQuery query) => [.. QueryRun.Run(images, query, _ => true).Select(image => images.Subjects[image])];
}
