using MimicCxr.Daemon.Selections;
using MimicCxr.Daemon.Tables;

namespace MimicCxr.Daemon.Tests.Selections;

public sealed class ConditionParserTests
{
    // By image: Edema 1, 0, -1, none; Support Devices always 1; of the second labeler Edema is the other way round.
    private static readonly Labeler[] Labelers =
    [
        new("chexpert", ["Edema", "Support Devices", "No Finding"], [0b0101, 0b0110, 0b0111, 0b0100]),
        new("negbio", ["Edema"], [0, 3, 2, 1]),
    ];

    [Theory]
    [InlineData("Edema=1", "1000")]
    [InlineData("Edema=positive", "1000")]
    [InlineData("edema = 1.0", "1000")]
    [InlineData("Edema=0", "0100")]
    [InlineData("Edema=-1", "0010")]
    [InlineData("Edema=UNCERTAIN", "0010")]
    [InlineData("Edema=none", "0001")]
    [InlineData("Edema=", "0001")]
    [InlineData("Edema=|1", "1001")]
    [InlineData("Edema=1 | -1", "1010")]
    [InlineData("Edema=0,-1,none", "0111")]
    [InlineData("Edema=1 , 0|-1 and negbio:Edema=0,-1", "0110")]
    [InlineData("Edema= and Support Devices=1", "0001")]
    [InlineData("(Edema=) or Edema=0", "0101")]
    [InlineData("not Edema=1", "0111")]
    [InlineData("NOT(Edema=1)", "0111")]
    [InlineData("not not Edema=1", "1000")]
    [InlineData("No Finding=none", "1111")]
    [InlineData("negbio:Edema=1", "0001")]
    [InlineData("NegBio : Edema=-1", "0100")]
    [InlineData("chexpert:Edema=1 or negbio:Edema=1", "1001")]
    [InlineData("Edema=1 or Edema=0 and Edema=1", "1000")]
    [InlineData("(Edema=1 or Edema=0) and Edema=0", "0100")]
    [InlineData("not Edema=1 and not Edema=0", "0011")]
    [InlineData("Edema=1 or (Edema=0 and not Support Devices=1)", "1000")]
    public void Parse_Condition_HoldsWhereItShould(string text, string expected)
    {
        var condition = ConditionParser.Parse(text, Labelers);

        Assert.Equal(expected, string.Concat(Enumerable.Range(0, 4).Select(image => condition.Holds(image) ? '1' : '0')));
    }

    [Theory]
    [InlineData("")]
    [InlineData("Edema")]
    [InlineData("=1")]
    [InlineData("Edema=2")]
    [InlineData("Edema=1 Edema=0")]
    [InlineData("Edema=1,Support Devices=1")]
    [InlineData("Edema=1 and")]
    [InlineData("(Edema=1")]
    [InlineData("Edema=1)")]
    [InlineData("Edema=1(")]
    [InlineData("not")]
    [InlineData("()")]
    public void Parse_Nonsense_SaysWhere(string text)
    {
        Assert.Contains("character", Assert.Throws<ArgumentException>(() => ConditionParser.Parse(text, Labelers)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Parse_UnknownLabelOrLabeler_NamesThoseThatThereAre()
    {
        Assert.Contains("Support Devices", Assert.Throws<ArgumentException>(() => ConditionParser.Parse("Edma=1", Labelers)).Message, StringComparison.Ordinal);
        Assert.Contains("negbio", Assert.Throws<ArgumentException>(() => ConditionParser.Parse("chexbert:Edema=1", Labelers)).Message, StringComparison.Ordinal);
        Assert.Contains("no table of labels", Assert.Throws<ArgumentException>(() => ConditionParser.Parse("Edema=1", [])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Parse_DeepOrEndlessCondition_IsRefused()
    {
        Assert.Throws<ArgumentException>(() => ConditionParser.Parse(new string('(', 5000), Labelers));
        Assert.Throws<ArgumentException>(() => ConditionParser.Parse(string.Concat(Enumerable.Repeat("not ", 2000)) + "Edema=1", Labelers));
        Assert.Throws<ArgumentException>(() => ConditionParser.Parse(string.Join(" or ", Enumerable.Repeat("Edema=1", 2000)), Labelers));
        Assert.True(ConditionParser.Parse(new string('(', 50) + "Edema=1" + new string(')', 50), Labelers).Holds(0));
    }

    [Fact]
    public void Parse_RandomText_IsReadOrRefused()
    {
        var random = new Random(5);
        string[] parts = ["Edema", "=", "1", "|", ",", "(", ")", " and ", " or ", "not ", ":", "chexpert", "-1", " ", "none", "é", "\0"];
        for (var i = 0; i < 20_000; i++)
        {
            var text = string.Concat(Enumerable.Range(0, random.Next(12)).Select(_ => parts[random.Next(parts.Length)]));
            try
            {
                _ = ConditionParser.Parse(text, Labelers).Holds(0);
            }
            catch (ArgumentException)
            {
            }
        }
    }
}
