using System.Reflection;
using System.Xml.Linq;

namespace MimicCxr.Architecture;

/// <summary>Who references whom.</summary>
public sealed class ReferenceTests
{
    /// <summary>Projects below src/, their assemblies, and the projects they may reference.</summary>
    public static readonly TheoryData<string, string, string[]> Projects = new()
    {
        { "Fs", "MimicCxr.Fs", [] },
        { "Rpc", "MimicCxr.Rpc", [] },
        { "Sandbox", "mimic-cxr-sandbox", [] },
        { "Protos", "MimicCxr.Protos", ["Rpc"] },
        { "Daemon", "mimic-cxrd", ["Fs", "Protos", "Rpc"] },
        { "Cli", "mimic-cxr", ["Protos", "Rpc", "Sandbox"] },
    };

    [Fact]
    public void Projects_BelowSrc_AreAllListedHere() => Assert.Equal(
        Directory.EnumerateDirectories(Path.Combine(Repository.Root, "src")).Select(Path.GetFileName).Order(StringComparer.Ordinal),
        Projects.Select(row => row.Data.Item1).Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Projects))]
    public void Project_References_AreThoseAllowed(string project, string assembly, string[] allowed)
    {
        _ = assembly;
        var file = XDocument.Load(Path.Combine(Repository.Root, "src", project, $"MimicCxr.{project}.csproj"));
        var references = file.Descendants("ProjectReference")
            .Where(reference => (string?)reference.Attribute("ReferenceOutputAssembly") != "false")
            .Select(reference => Path.GetFileName(Path.GetDirectoryName((string)reference.Attribute("Include")!))!);

        Assert.Equal(allowed, references.Order(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Projects))]
    public void Assembly_References_AreThoseAllowed(string project, string assembly, string[] allowed)
    {
        _ = project;
        var ours = Projects.ToDictionary(row => row.Data.Item2, row => row.Data.Item1);

        var references = Assembly.Load(assembly).GetReferencedAssemblies().Select(name => ours.GetValueOrDefault(name.Name!)).OfType<string>();

        Assert.Empty(references.Except(allowed));
    }
}
