using System.Text.RegularExpressions;

namespace MimicCxr.Architecture;

/// <summary>Namespaces equal folders, and inside the daemon they point in one direction.</summary>
public sealed class NamespaceTests
{
    private const string Daemon = "MimicCxr.Daemon";

    /// <summary>The only one that knows everybody: it puts the daemon together.</summary>
    private const string Start = "src/Daemon/Hosting/Program.cs";

    /// <summary>The daemon's namespaces, and those of its others that each may use.</summary>
    private static readonly Dictionary<string, string[]> Directions = new()
    {
        ["Sqlite"] = [],
        ["Telemetry"] = [],
        ["Requests"] = [],
        ["S3"] = [],
        ["Origin"] = ["Requests", "S3"],
        ["Archives"] = ["Cache", "Origin", "Requests", "Store"],
        ["Catalog"] = ["Sqlite"],
        ["Store"] = ["Origin", "Requests", "S3"],
        ["Cache"] = ["Catalog", "Origin", "Requests", "Sqlite", "Store"],
        ["Tree"] = ["Archives", "Cache", "Catalog", "Origin", "Selections", "Store", "Tables"],
        ["Prefetch"] = ["Cache", "Catalog", "Origin", "Sqlite", "Store"],
        ["Verify"] = ["Cache", "Catalog", "Origin", "Requests", "Store"],
        ["Tables"] = ["Cache", "Catalog", "Origin"],
        ["Selections"] = ["Cache", "Catalog", "Sqlite", "Tables"],
        ["Hosting"] = ["Archives", "Cache", "Catalog", "Origin", "Prefetch", "Requests", "S3", "Selections", "Sqlite", "Store", "Tables", "Telemetry", "Tree", "Verify"],
        ["Api"] = ["Archives", "Cache", "Catalog", "Hosting", "Origin", "Prefetch", "Selections", "Store", "Tables", "Tree", "Verify"],
    };

    /// <summary>Names that only some of the daemon's namespaces may use.</summary>
    private static readonly (string Name, string[] By)[] Doors =
    [
        ("MimicCxr.Fs", ["Api", "Hosting", "Tree"]),
        ("MimicCxr.Rpc", ["Hosting"]),
        ("Grpc", ["Api", "Hosting"]),
        ("V1", ["Api", "Hosting"]),
        ("Microsoft.AspNetCore", ["Hosting"]),
        ("Microsoft.Data.Sqlite", ["Cache", "Catalog", "Prefetch", "Selections", "Sqlite"]),
        ("Amazon", ["S3", "Store"]),
        ("CsvHelper", ["Tables"]),
        ("System.Net.Http", ["Origin", "Store"]),
        ("Serilog", ["Hosting", "Telemetry"]),
        ("Environment.GetEnvironmentVariable", ["Hosting"]),
        ("Environment.GetEnvironmentVariables", ["Hosting"]),
    ];

    public static TheoryData<string> DaemonNamespaces => new(Directions.Keys);

    [Fact]
    public void Daemon_Namespaces_AreAllListedHere() => Assert.Equal(
        Repository.Sources("src/Daemon").Select(path => path.Split('/')[2]).Distinct().Order(StringComparer.Ordinal),
        Directions.Keys.Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(DaemonNamespaces))]
    public void DaemonNamespace_UsesOthers_OnlyThoseBelowIt(string name)
    {
        var wrong =
            from path in Repository.Sources($"src/Daemon/{name}")
            from used in Directions.Keys.Where(other => other != name && Uses(Repository.ReadCode(path), other))
            where !Directions[name].Contains(used) && path != Start
            select $"{path} uses {used}";

        Assert.Empty(wrong);
    }

    [Theory]
    [MemberData(nameof(DaemonNamespaces))]
    public void DaemonNamespace_UsesLibraries_OnlyThroughTheirDoors(string name)
    {
        var wrong =
            from path in Repository.Sources($"src/Daemon/{name}")
            from door in Doors
            where !door.By.Contains(name) && Regex.IsMatch(Repository.ReadCode(path), $@"(?<![.\w]){Regex.Escape(door.Name)}\b")
            select $"{path} uses {door.Name}";

        Assert.Empty(wrong);
    }

    [Fact]
    public void Directions_FollowedFromAnywhere_NeverComeBack()
    {
        foreach (var start in Directions.Keys)
        {
            var seen = new HashSet<string>();
            var ahead = new Queue<string>(Directions[start]);
            while (ahead.TryDequeue(out var next))
            {
                Assert.NotEqual(start, next);
                if (seen.Add(next))
                {
                    Array.ForEach(Directions[next], ahead.Enqueue);
                }
            }
        }
    }

    [Theory]
    [InlineData("using MimicCxr.Daemon.Cache;", true)]
    [InlineData("var cache = new MimicCxr.Daemon.Cache.BlobCache();", true)]
    [InlineData("var cache = new Cache.BlobCache();", true)]
    [InlineData("var cache = new Daemon.Cache.BlobCache();", true)]
    [InlineData("using MimicCxr.Daemon.CacheOfAnotherKind;", false)]
    [InlineData("daemon.Cache.TryRead(blob);", false)]
    [InlineData("Cache.TryRead(blob);", false)]
    public void Uses_CodeThatNamesANamespace_IsSeen(string code, bool expected) => Assert.Equal(expected, Uses(code, "Cache"));

    [Fact]
    public void Wire_OfTheKernelProtocol_DoesNoInputOrOutput()
    {
        var wrong = Repository.Sources("src/Fs/Fuse/Wire")
            .Where(path => Regex.IsMatch(Repository.ReadCode(path), @"\b(Libc|FuseDevice|SafeHandle|SafeFileHandle|FileStream|RandomAccess|Task)\b"));

        Assert.Empty(wrong);
    }

    [Fact]
    public void Namespaces_OfAllSources_EqualTheirFolders()
    {
        var wrong =
            from path in Repository.Sources("src").Concat(Repository.Sources("tests"))
            let declared = Regex.Match(Repository.ReadCode(path), @"(?m)^namespace ([\w.]+)(;?)")
            where declared.Success && (declared.Groups[1].Value != Expected(path) || declared.Groups[2].Value != ";")
            select $"{path} declares {declared.Groups[1].Value}";

        Assert.Empty(wrong);
    }

    private static string Expected(string path)
    {
        var parts = path.Split('/')[1..^1];
        return parts switch
        {
            // Stands in for the package of that name, which generated code refers to.
            ["Rpc", "Core", ..] => "Grpc.Core",
            // The same public names on the official packages.
            ["Rpc", "Official"] => Regex.Match(Repository.ReadCode(path), @"(?m)^namespace (MimicCxr\.Rpc\.(?:Client|Server));").Groups[1].Value,
            _ => "MimicCxr." + string.Join('.', parts),
        };
    }

    /// <summary>Whether code names a namespace of the daemon: in a using directive, or in front of one of its types.</summary>
    private static bool Uses(string code, string name)
    {
        var types = Repository.Sources($"src/Daemon/{name}").Select(path => Regex.Escape(Path.GetFileNameWithoutExtension(path)));
        return Regex.IsMatch(code, $@"\b{Regex.Escape(Daemon)}\.{name}\b") || Regex.IsMatch(code, $@"(?<![.\w])(Daemon\.)?{name}\.({string.Join('|', types)})\b");
    }
}
