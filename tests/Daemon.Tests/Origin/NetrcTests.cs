using MimicCxr.Daemon.Origin.PhysioNet;

namespace MimicCxr.Daemon.Tests.Origin;

public sealed class NetrcTests
{
    private const string Host = "physionet.org";

    [Theory]
    [InlineData("machine physionet.org login alice password pw")]
    [InlineData("machine physionet.org\n\tlogin alice\n\tpassword pw\n")]
    [InlineData("machine physionet.org\r\n  password pw\r\n  login alice\r\n")]
    [InlineData("machine PhysioNet.org login alice password pw")]
    [InlineData("# machine physionet.org login eve password x\nmachine physionet.org login alice password pw # mine")]
    [InlineData("machine other login bob password x\nmachine physionet.org login alice password pw\nmachine third login c password d")]
    [InlineData("machine physionet.org login alice account acc password pw")]
    [InlineData("default login alice password pw")]
    [InlineData("machine physionet.org login alice password pw\ndefault login anonymous password a@b")]
    [InlineData("machine physionet.org login half\ndefault login alice password pw")]
    [InlineData("macdef init\nmachine physionet.org login eve password x\n\nmachine physionet.org login alice password pw")]
    [InlineData("machine other macdef init\n cd /\n login eve\n\nmachine physionet.org login alice password pw")]
    public void Find_AnEntryApplies_IsIt(string text) => Assert.Equal(new Account("alice", "pw"), Netrc.Find(text, Host));

    [Theory]
    [InlineData("")]
    [InlineData("machine")]
    [InlineData("machine physionet.org")]
    [InlineData("machine physionet.org login alice")]
    [InlineData("machine physionet.org password pw")]
    [InlineData("machine physionet.org.evil.org login alice password pw")]
    [InlineData("machine other login alice password pw")]
    [InlineData("login alice password pw")]
    public void Find_NoneApplies_IsNull(string text) => Assert.Null(Netrc.Find(text, Host));

    [Fact]
    public void ToString_Account_HidesThePassword() =>
        Assert.DoesNotContain("pw", new Account("alice", "pw").ToString(), StringComparison.Ordinal);
}
