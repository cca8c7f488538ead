namespace MimicCxr.EndToEnd.Fixtures;

/// <summary>Reads files with coreutils' sha256sum, several at a time, so that the kernel and not the test is the reader.</summary>
internal static class Reading
{
    /// <summary>The hashes of what could be read, by path, and what went wrong with the rest.</summary>
    public static async Task<(IReadOnlyDictionary<string, string> Sha256, Outcome Outcome)> HashAsync(
        string folder, IEnumerable<string> paths, int readers)
    {
        // Eight a time: a program prints so little in one piece, so lines of different readers do not mix.
        var outcome = await Command.RunAsync(
            "xargs", ["-0", "-n", "8", "-P", $"{readers}", "sha256sum", "--"], folder, string.Concat(paths.Select(path => path + '\0')));
        var hashes = outcome.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .ToDictionary(line => line[66..], line => line[..64]);
        return (hashes, outcome);
    }

    /// <summary>Fails unless every file reads, with the hash expected.</summary>
    public static async Task AssertEqualAsync(string folder, IReadOnlyDictionary<string, string> expected, int readers)
    {
        var (hashes, outcome) = await HashAsync(folder, expected.Keys, readers);
        outcome.Succeeded();
        Assert.Equal(expected.OrderBy(pair => pair.Key, StringComparer.Ordinal), hashes.OrderBy(pair => pair.Key, StringComparer.Ordinal));
    }
}
