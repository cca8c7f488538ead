using System.Text;
using MimicCxr.Daemon.Tests.Support;

namespace MimicCxr.Daemon.Tests.Catalog;

public sealed class CatalogBuilderTests
{
    [Fact]
    public void Build_SiblingsThatSortAroundASlash_StandInTheOrderOfTheirNames()
    {
        var catalog = Lists.Catalog("s1.txt", "s1/x", "s1-x/y", "s1 x", "s1/x.d/z", "s1/x-d");

        Assert.Equal(["s1", "s1 x", "s1-x", "s1.txt"], Lists.Children(catalog, 0));
        Assert.Equal(["x", "x-d", "x.d"], Lists.Children(catalog, Lists.Resolve(catalog, "s1")));
        Assert.Equal(2, catalog.SubdirectoryCount(0));
        Assert.Equal(6, catalog.FileCount);
        Assert.Equal(10, catalog.NodeCount);
    }

    [Theory]
    [InlineData("a", "a/b")]
    [InlineData("a/b/c", "a/b")]
    [InlineData("s1/x", "s1", "s1-x", "s1.txt")]
    public void Build_FileAndDirectoryOfOneName_Throws(params string[] paths) =>
        Assert.Throws<InvalidDataException>(() => Lists.Catalog(paths));

    [Fact]
    public void Build_NoFile_Throws() => Assert.Throws<InvalidDataException>(() => Lists.Catalog());

    [Fact]
    public void Build_Repeated_IsOneFile() => Assert.Equal(1, Lists.Catalog("a/b", "a/b", "a/b").FileCount);

    [Fact]
    public void Build_SamePathsInAnyOrder_AreTheSameCatalogue()
    {
        string[] paths = ["b/c", "a", "b/a", "b.c", "c/d/e/f"];
        var one = Lists.Catalog(paths);
        var other = Lists.Catalog([.. paths.Reverse()]);

        Assert.Equal(one.Fingerprint.ToArray(), other.Fingerprint.ToArray());
        Assert.All(paths, path => Assert.Equal(Lists.Resolve(one, path), Lists.Resolve(other, path)));
    }

    [Fact]
    public void Fingerprint_PathsThatJoinToTheSameBytes_Differs() => Assert.NotEqual(
        Lists.Catalog("a", "bc").Fingerprint.ToArray(), Lists.Catalog("ab", "c").Fingerprint.ToArray());

    [Fact]
    public void TryResolve_SlashesToSpare_AreIgnored()
    {
        var catalog = Lists.Catalog("a/b/c");

        Assert.Equal(0, Lists.Resolve(catalog, ""));
        Assert.Equal(0, Lists.Resolve(catalog, "/"));
        Assert.Equal(Lists.Resolve(catalog, "a/b/c"), Lists.Resolve(catalog, "//a/./b//c/"));
    }

    [Theory]
    [InlineData("a/b/c/d")] // below a file
    [InlineData("a/x")]
    [InlineData("..")]
    [InlineData("a/../a")]
    [InlineData("A")]
    public void TryResolve_NotThere_IsFalse(string path) => Assert.False(Lists.Catalog("a/b/c").TryResolve(path, out _));

    [Fact]
    public void TryResolve_PartLongerThanAnyName_IsFalse() =>
        Assert.False(Lists.Catalog("a/b").TryResolve("a/" + new string('b', 300), out _));

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Build_RandomTree_EqualsADictionaryOfChildren(int seed)
    {
        var random = new Random(seed);
        var model = new RandomTree(random, files: 300);

        var catalog = Lists.Catalog([.. model.Files.OrderBy(_ => random.Next())]);

        Assert.Equal(model.Files.Count, catalog.FileCount);
        Assert.Equal(model.Files.Count + model.Children.Count, catalog.NodeCount);
        var seen = new HashSet<int>();
        foreach (var (directory, children) in model.Children)
        {
            var node = Lists.Resolve(catalog, directory);
            Assert.True(catalog.IsDirectory(node));
            Assert.Equal(children.OrderBy(name => name, StringComparer.Ordinal), Lists.Children(catalog, node));
            Assert.Equal(children.Count(name => model.Children.ContainsKey(RandomTree.Join(directory, name))), catalog.SubdirectoryCount(node));
            foreach (var name in children)
            {
                Assert.True(catalog.TryFindChild(node, Encoding.UTF8.GetBytes(name), out var child));
                Assert.Equal(node, catalog.Parent(child));
                Assert.Equal(RandomTree.Join(directory, name), catalog.Path(child));
                Assert.True(seen.Add(child));
            }

            Assert.False(catalog.TryFindChild(node, "no such name"u8, out _));
        }

        for (var file = 0; file < catalog.FileCount; file++)
        {
            Assert.Equal(file, catalog.FileOf(catalog.NodeOf(file)));
            Assert.False(catalog.IsDirectory(catalog.NodeOf(file)));
            Assert.False(catalog.TryFindChild(catalog.NodeOf(file), "a"u8, out _));
        }
    }

    /// <summary>A tree as a dictionary: directories and the names in them.</summary>
    private sealed class RandomTree
    {
        public RandomTree(Random random, int files)
        {
            while (Files.Count < files)
            {
                var path = string.Join('/', Enumerable.Range(0, random.Next(1, 6)).Select(_ => Name(random)));
                var parents = Enumerable.Range(0, path.Length).Where(i => path[i] == '/').Select(i => path[..i]).ToList();
                if (Children.ContainsKey(path) || parents.Exists(Files.Contains) || !Files.Add(path))
                {
                    continue;
                }

                foreach (var part in parents.Append(path))
                {
                    var slash = part.LastIndexOf('/');
                    var parent = slash < 0 ? "" : part[..slash];
                    (Children.TryGetValue(parent, out var names) ? names : Children[parent] = []).Add(part[(slash + 1)..]);
                }
            }
        }

        public HashSet<string> Files { get; } = [];

        public Dictionary<string, HashSet<string>> Children { get; } = [];

        public static string Join(string directory, string name) => directory.Length == 0 ? name : $"{directory}/{name}";

        private static string Name(Random random)
        {
            var name = string.Concat(Enumerable.Range(0, random.Next(1, 4)).Select(_ => "ab!-.0 ~"[random.Next(8)]));
            return name is "." or ".." ? "x" : name;
        }
    }
}
