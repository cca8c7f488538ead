namespace MimicCxr.EndToEnd.Fixtures;

/// <summary>
/// What a test needs of the machine. In CI (CI set in the environment) nothing is skipped: what is missing there
/// makes the test fail by itself.
/// </summary>
internal static class Requires
{
    private static bool InCi => !string.IsNullOrEmpty(Environment.GetEnvironmentVariable("CI"));

    /// <summary>A kernel and rights to mount.</summary>
    public static void Mounting()
    {
        if (!InCi)
        {
            Assert.SkipUnless(File.Exists("/dev/fuse"), "needs /dev/fuse");
            Assert.SkipUnless(Environment.IsPrivilegedProcess || IsInstalled("fusermount3"), "needs root, or fusermount3 (Debian's fuse3)");
        }
    }

    /// <summary>An S3 server of our own.</summary>
    public static void Ceph() => Programs("ceph-mon", "ceph-osd", "radosgw", "radosgw-admin", "aws");

    /// <summary>Programs on the PATH.</summary>
    public static void Programs(params string[] names)
    {
        if (!InCi)
        {
            var missing = names.Where(name => !IsInstalled(name)).ToList();
            Assert.SkipUnless(missing.Count == 0, $"needs {string.Join(", ", missing)}; scripts/test installs it as root on Debian");
        }
    }

    /// <summary>Networks of their own for programs.</summary>
    public static void NetworkNamespaces()
    {
        if (!InCi)
        {
            Assert.SkipUnless(Environment.IsPrivilegedProcess, "needs root, for network namespaces");
            Programs("ip", "nsenter");
        }
    }

    /// <summary>Modules of Debian's Python.</summary>
    public static async Task PythonAsync(params string[] modules)
    {
        if (!InCi)
        {
            Programs("/usr/bin/python3");
            var outcome = await Command.RunAsync("/usr/bin/python3", ["-c", $"import {string.Join(", ", modules)}"]);
            Assert.SkipUnless(outcome.ExitCode == 0, $"needs Debian's Python with {string.Join(", ", modules)}; scripts/test installs it as root");
        }
    }

    /// <summary>Node, and the packages that the package.json of a folder in Programs/ names: npm installs them.</summary>
    public static async Task NodePackagesAsync(string folder)
    {
        Programs("node", "npm");
        var outcome = await Command.RunAsync(
            "npm", ["--prefix", Command.PathOf(folder), "install", "--ignore-scripts", "--no-audit", "--no-fund", "--no-package-lock", "--prefer-offline"]);
        if (!InCi)
        {
            Assert.SkipUnless(outcome.ExitCode == 0, $"needs what npm installs for Programs/{folder}: {outcome.Errors}");
        }

        outcome.Succeeded();
    }

    private static bool IsInstalled(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(folder => File.Exists(Path.Combine(folder, program)));
}
