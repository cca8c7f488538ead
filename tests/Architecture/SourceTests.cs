using System.Text.RegularExpressions;

namespace MimicCxr.Architecture;

/// <summary>Rules of the house that a source file shows by itself.</summary>
public sealed partial class SourceTests
{
    private const int MostLines = 300;

    /// <summary>Where a task is waited for without await, and why that is right there. One that is no longer needed fails as well.</summary>
    private static readonly Dictionary<string, string> Blocking = new()
    {
        ["src/Rpc/Client/HttpCallInvoker.cs"] = "the blocking form of a unary call, which generated clients offer; nothing of ours calls it",
        ["src/Daemon/Tree/DataSets.cs"] = "the result of tasks that have completed",
    };

    [Fact]
    public void Sources_Length_IsAtMost300Lines()
    {
        var tooLong = new[] { "src", "tests" }.SelectMany(Repository.Sources)
            .Select(path => (Path: path, Lines: Repository.Read(path).AsSpan().TrimEnd('\n').Count('\n') + 1))
            .Where(source => source.Lines > MostLines);

        Assert.Empty(tooLong);
    }

    [Fact]
    public void NativeCode_IsCalledOnlyWhereTheDeviceAndLibcAre()
    {
        var wrong = Repository.Sources("src")
            .Where(path => Native().IsMatch(Repository.ReadCode(path)))
            .Where(path => !path.StartsWith("src/Fs/Fuse/", StringComparison.Ordinal) && path is not ("src/Cli/Daemon/Libc.cs" or "src/Daemon/Store/FileLink.cs" or "src/Daemon/Store/FileNote.cs" or "src/Daemon/Store/GroupFlush.cs"));

        Assert.Empty(wrong);
    }

    [Fact]
    public void Tasks_AreAwaitedNotBlockedOn()
    {
        var blocking = Repository.Sources("src").Where(path => Blocks().IsMatch(Repository.ReadCode(path)));

        Assert.Equal(Blocking.Keys.Order(StringComparer.Ordinal), blocking);
    }

    [Fact]
    public void Sources_HoldNoSleep()
    {
        var sleeping = Repository.Sources("src").Where(path => Sleeps().IsMatch(Repository.ReadCode(path)))
            .Concat(Repository.Sources("tests").Where(path => SleepsInATest().IsMatch(Repository.ReadCode(path))));

        Assert.Empty(sleeping);
    }

    [Fact]
    public void Errors_AreMappedInTwoPlaces()
    {
        var maps = Repository.Sources("src/Daemon").Where(path => Failure().IsMatch(Repository.ReadCode(path)) && Answer().IsMatch(Repository.ReadCode(path)));

        Assert.Equal(["src/Daemon/Api/StatusMapping.cs", "src/Daemon/Tree/ErrnoMapping.cs"], maps);
    }

    [GeneratedRegex(@"\bunsafe\b|\[\s*(DllImport|LibraryImport)\b|\bGetDelegateForFunctionPointer\b")]
    private static partial Regex Native();

    [GeneratedRegex(@"\.Result\b(?!\s*=[^=])|\.Wait\(\)|\bTask\.Wait(All|Any)\(|\.GetAwaiter\(\)\s*\.GetResult\(\)")]
    private static partial Regex Blocks();

    [GeneratedRegex(@"\bThread\.Sleep\(")]
    private static partial Regex Sleeps();

    // An endless delay stands for something that never comes.
    [GeneratedRegex(@"\bThread\.Sleep\(|\bTask\.Delay\((?!Timeout\.Infinite)")]
    private static partial Regex SleepsInATest();

    [GeneratedRegex(@"\b(OriginError|CacheError|StoreError)\.\w")]
    private static partial Regex Failure();

    [GeneratedRegex(@"(?<!\.)\b(Errno|StatusCode)\.\w")]
    private static partial Regex Answer();
}
