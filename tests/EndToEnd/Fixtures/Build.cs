namespace MimicCxr.EndToEnd.Fixtures;

/// <summary>Where the repository and what was built from it stand.</summary>
internal static class Build
{
    /// <summary>The repository's root.</summary>
    public static string Repository { get; } = FindRepository();

    /// <summary>The command <c>mimic-cxr</c>.</summary>
    public static string Cli { get; } = Path.Combine(Repository, "src/Cli/bin/Release/net10.0/mimic-cxr");

    /// <summary>The daemon <c>mimic-cxrd</c>.</summary>
    public static string Daemon { get; } = Path.Combine(Repository, "src/Daemon/bin/Release/net10.0/mimic-cxrd");

    /// <summary>The .NET that runs these tests, so that the programs run on the same one wherever it is installed.</summary>
    public static string DotnetRoot { get; } =
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(typeof(object).Assembly.Location)!, "../../.."));

    private static string FindRepository()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "MimicCxr.sln")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new DirectoryNotFoundException("The tests do not stand in a clone of the repository.");
    }
}
