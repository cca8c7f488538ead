using MimicCxr.Daemon.Origin;
using MimicCxr.Daemon.Origin.PhysioNet;
using MimicCxr.Daemon.Tests.Support;

namespace MimicCxr.Daemon.Tests.Origin;

public sealed class AccountSourceTests : IDisposable
{
    private readonly TemporaryFolder _home = new();
    private readonly Dictionary<string, string> _environment = [];
    private readonly AccountSource _source;

    public AccountSourceTests()
    {
        _environment["HOME"] = _home.Path;
        _source = new AccountSource("physionet.org", _home["credentials.json"], _environment);
    }

    public void Dispose() => _home.Dispose();

    [Fact]
    public void Find_Nothing_IsNull() => Assert.Null(_source.Find());

    [Fact]
    public void Find_AllThree_PrefersEnvironmentThenNetrcThenLogin()
    {
        GiveEnvironment();
        GiveNetrc(_home[".netrc"]);
        GiveLogin();
        Assert.Equal("env", _source.Find()!.UserName);

        _environment.Remove("PHYSIONET_PASSWORD");
        Assert.Equal(new Account("netrc", "n"), _source.Find());

        File.Delete(_home[".netrc"]);
        Assert.Equal(new Account("login", "l"), _source.Find());
    }

    [Fact]
    public void Find_EmptyVariables_CountAsNone()
    {
        _environment["PHYSIONET_USERNAME"] = "";
        _environment["PHYSIONET_PASSWORD"] = "";
        GiveLogin();

        Assert.Equal("login", _source.Find()!.UserName);
    }

    [Fact]
    public void Find_NetrcVariable_NamesTheFile()
    {
        GiveNetrc(_home["other"]);
        _environment["NETRC"] = _home["other"];

        Assert.Equal("netrc", _source.Find()!.UserName);
    }

    [Theory]
    [InlineData("")]
    [InlineData("not json")]
    [InlineData("[]")]
    [InlineData("""{"username": 5, "password": "x"}""")]
    [InlineData("""{"username": null, "password": "x"}""")]
    public void Find_DamagedLogin_IsNotSignedIn(string kept)
    {
        File.WriteAllText(_home["credentials.json"], kept);

        var error = Assert.Throws<OriginException>(_source.Find);

        Assert.Equal(OriginError.NotSignedIn, error.Error);
        Assert.Contains("mimic-cxr login", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Find_LoginWithoutAccount_IsNull()
    {
        File.WriteAllText(_home["credentials.json"], "{}");

        Assert.Null(_source.Find());
    }

    private void GiveEnvironment()
    {
        _environment["PHYSIONET_USERNAME"] = "env";
        _environment["PHYSIONET_PASSWORD"] = "e";
    }

    private static void GiveNetrc(string path) => File.WriteAllText(path, "machine physionet.org login netrc password n");

    private void GiveLogin() => File.WriteAllText(_home["credentials.json"], """{"username": "login", "password": "l"}""");
}
