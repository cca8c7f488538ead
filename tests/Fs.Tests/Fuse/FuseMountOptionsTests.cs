using MimicCxr.Fs.Fuse;

namespace MimicCxr.Fs.Tests.Fuse;

public sealed class FuseMountOptionsTests
{
    [Fact]
    public void Validate_Defaults_AreGood() => new FuseMountOptions().Validate();

    [Fact]
    public void Validate_SeveralBad_NamesAll()
    {
        var options = new FuseMountOptions
        {
            DeviceThreads = 0,
            ReplyThreads = 65,
            MaxBackground = 100_000,
            ReadAheadKiB = 1,
            ReadMode = (ReadMode)9,
            ParkedReadLimit = TimeSpan.Zero,
            FileSystemName = "a,allow_other",
        };
        var message = Assert.Throws<ArgumentException>(options.Validate).Message;
        Assert.All(
            ["DeviceThreads", "ReplyThreads", "MaxBackground", "ReadAheadKiB", "ReadMode", "ParkedReadLimit", "FileSystemName"],
            name => Assert.Contains(name, message, StringComparison.Ordinal));
    }
}
