using MimicCxr.Daemon.Hosting;

namespace MimicCxr.Daemon.Tests.Hosting;

public sealed class OptionsReaderTests : OptionsTest
{
    /// <summary>Options that INTERFACE.md promises for later: told, not ignored, wherever they stand.</summary>
    public static readonly TheoryData<string> Later = ["grpc-listen"];

    [Fact]
    public void Read_Everywhere_FlagWinsOverEnvironmentOverFile()
    {
        WriteConfig("""{ "concurrency": 1, "io-timeout": "10s", "dataset": "mimic-cxr/2.0.0" }""");
        Variables["MIMIC_CXR_CONCURRENCY"] = "2";
        Variables["MIMIC_CXR_IO_TIMEOUT"] = "20s";

        var options = Read("--concurrency", "3");

        Assert.Equal(3, options.Concurrency);
        Assert.Equal(TimeSpan.FromSeconds(20), options.IoTimeout);
        Assert.Equal("mimic-cxr/2.0.0", options.DataSet.Id.ToString());
    }

    [Fact]
    public void Read_FlagTwice_TheLastWins() => Assert.Equal(4, Read("--concurrency", "3", "--concurrency=4").Concurrency);

    [Fact]
    public void Read_EqualsForm_TakesEverythingAfterTheFirstEqualsSign() =>
        Assert.Equal("Wget/1 (a=b)", Read("--user-agent=Wget/1 (a=b)").UserAgent);

    [Theory]
    [InlineData("--shared", true)]
    [InlineData("--shared=true", true)]
    [InlineData("--shared=1", true)]
    [InlineData("--shared=false", false)]
    [InlineData("--shared=0", false)]
    public void Read_Switch_NeedsNoValue(string flag, bool expected) => Assert.Equal(expected, Read(flag).Shared);

    [Theory]
    [InlineData("""{ "shared": true }""", true)]
    [InlineData("""{ "shared": false }""", false)]
    [InlineData("""{ "shared": "true" }""", true)]
    [InlineData("""{ /* why */ "shared": true, }""", true)]
    [InlineData("\uFEFF{ \"shared\": true }", true)]
    [InlineData("{}", false)]
    public void Read_Config_TakesJsonOfAnyLook(string json, bool expected)
    {
        WriteConfig(json);

        Assert.Equal(expected, Read().Shared);
    }

    [Fact]
    public void Read_EmptyVariable_CountsAsNone()
    {
        Variables["MIMIC_CXR_CONCURRENCY"] = "";

        Assert.Equal(16, Read().Concurrency);
    }

    [Fact]
    public void Read_VariableOfSomebodyElse_IsNoError()
    {
        Variables["MIMIC_CXR_ROOT"] = "/data";
        Variables["MIMIC_CXR_DAEMON"] = "/opt/mimic-cxrd";

        Assert.Equal(16, Read().Concurrency);
    }

    [Theory]
    [InlineData("--nonsense")]
    [InlineData("--nonsense=1")]
    [InlineData("-h")]
    [InlineData("--")]
    [InlineData("")]
    [InlineData("positional")]
    [InlineData("--Shared")]
    public void Read_UnknownFlag_IsNamedWithWhatIsKnown(string flag)
    {
        var error = Assert.Single(Errors(flag));

        Assert.StartsWith($"'{flag}' is no option.", error, StringComparison.Ordinal);
        Assert.Contains("--spool-size", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_FlagWithoutValue_IsNamed()
    {
        var e = Assert.Throws<StartException>(() => OptionsValidator.Validate(OptionsReader.Read(["--state-dir", StatePath, "--dataset"], Variables)));

        Assert.Equal(ExitCode.WrongUsage, e.ExitCode);
        Assert.Equal("--dataset needs a value.", e.Message);
    }

    [Theory]
    [MemberData(nameof(Later))]
    public void Read_FlagOfALaterVersion_IsRefused(string name) =>
        Assert.Contains(Errors($"--{name}=x"), error => error.Contains($"--{name}", StringComparison.Ordinal));

    [Theory]
    [MemberData(nameof(Later))]
    public void Read_VariableOfALaterVersion_IsRefused(string name)
    {
        var variable = "MIMIC_CXR_" + name.ToUpperInvariant().Replace('-', '_');
        Variables[variable] = "x";

        Assert.Contains(variable, Assert.Single(Errors()), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Later))]
    public void Read_KeyOfALaterVersion_IsRefused(string name)
    {
        WriteConfig($$"""{ "{{name}}": "x" }""");

        Assert.Contains($"'{name}'", Assert.Single(Errors()), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("state-dir")]
    [InlineData("--shared")]
    [InlineData("Shared")]
    public void Read_ConfigWithUnknownKey_NamesKeyAndFile(string key)
    {
        WriteConfig($$"""{ "{{key}}": 1, "concurrency": 3 }""");

        var error = Assert.Single(Errors());

        Assert.Contains($"'{key}'", error, StringComparison.Ordinal);
        Assert.Contains(ConfigPath, error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("\"shared\"")]
    [InlineData("null")]
    [InlineData("{ \"shared\": tru }")]
    [InlineData("{} {}")]
    public void Read_ConfigThatIsNoJsonObject_NamesTheFile(string json)
    {
        WriteConfig(json);

        Assert.Contains(ConfigPath, Assert.Single(Errors()), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("1.5")]
    public void Read_ConfigValueOfAnotherKind_NamesKeyAndValue(string value)
    {
        WriteConfig($$"""{ "concurrency": {{value}} }""");

        Assert.StartsWith($"'concurrency' in {ConfigPath} was given '{value}'", Assert.Single(Errors()), StringComparison.Ordinal);
    }

    [Fact]
    public void State_FlagThenVariableThenDefault()
    {
        Variables["XDG_STATE_HOME"] = "/xdg";
        Assert.Equal("/xdg/mimic-cxr", Root());
        Variables["MIMIC_CXR_STATE"] = "/variable";
        Assert.Equal("/variable", Root());
        Assert.Equal("/flag", Root("--state-dir", "/flag"));
        Assert.Equal(Path.GetFullPath("here"), Root("--state-dir=here"));
        Variables["MIMIC_CXR_STATE"] = "";
        Assert.Equal("/xdg/mimic-cxr", Root());
    }

    [Fact]
    public void State_EmptyFlag_IsNamed()
    {
        Variables["XDG_STATE_HOME"] = StatePath;

        var e = Assert.Throws<StartException>(() => OptionsValidator.Validate(OptionsReader.Read(["--state-dir="], Variables)));

        Assert.Equal(ExitCode.WrongUsage, e.ExitCode);
        Assert.Contains("--state-dir", e.Message, StringComparison.Ordinal);
    }

    private string Root(params string[] args) => OptionsReader.Read(args, Variables).State.Root;
}
