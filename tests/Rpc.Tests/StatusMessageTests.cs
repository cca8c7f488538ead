namespace MimicCxr.Rpc.Tests;

public sealed class StatusMessageTests
{
    [Theory]
    [InlineData("", "")]
    [InlineData("plain text", "plain text")]
    [InlineData("100%", "100%25")]
    [InlineData("Prüfung\n", "Pr%C3%BCfung%0A")]
    [InlineData("肺 🫁", "%E8%82%BA %F0%9F%AB%81")]
    public void Encode_Text_EncodesAndDecodesBack(string text, string encoded)
    {
        Assert.Equal(encoded, StatusMessage.Encode(text));
        Assert.Equal(text, StatusMessage.Decode(encoded));
    }

    [Theory]
    [InlineData("50%", "50%")]
    [InlineData("%zz%41", "%zzA")]
    [InlineData("%4", "%4")]
    public void Decode_BadlyEncoded_KeepsWhatItCannotRead(string encoded, string text) =>
        Assert.Equal(text, StatusMessage.Decode(encoded));

    [Fact]
    public void Encode_LongText_LosesItsEndAtAWholeCharacter()
    {
        var decoded = StatusMessage.Decode(StatusMessage.Encode(new string('ü', 10_000)));

        Assert.InRange(decoded.Length, 500, 1000);
        Assert.Equal(new string('ü', decoded.Length), decoded);
    }
}
