namespace MimicCxr.Fs.Tests.Support;

/// <summary>What a test needs of the machine. Missing, it is skipped on a desk and fails in CI.</summary>
internal static class Machine
{
    public static void NeedsRootAndFuse()
    {
        Need(File.Exists("/dev/fuse"), "there is no /dev/fuse");
        Need(Environment.UserName == "root", "mount(2) needs root");
    }

    public static void Needs(string program) =>
        Need(
            (Environment.GetEnvironmentVariable("PATH") ?? string.Empty).Split(':').Any(folder => File.Exists(Path.Combine(folder, program))),
            $"{program} is not installed");

    private static void Need(bool isThere, string otherwise)
    {
        if (isThere)
        {
            return;
        }

        if (Environment.GetEnvironmentVariable("CI") is null)
        {
            Assert.Skip(otherwise);
        }

        Assert.Fail($"In CI nothing is skipped, but {otherwise}.");
    }
}
