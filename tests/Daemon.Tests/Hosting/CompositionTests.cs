using Microsoft.Extensions.Logging.Abstractions;
using MimicCxr.Daemon.Hosting;

namespace MimicCxr.Daemon.Tests.Hosting;

/// <summary>What the daemon makes of its store at the start.</summary>
public sealed class CompositionTests : OptionsTest
{
    [Fact]
    public async Task CheckStoreAsync_FolderThatCanBeMade_IsFine()
    {
        await using var daemon = Compose();

        Assert.Null(await daemon.CheckStoreAsync(TestContext.Current.CancellationToken));
        Assert.True(Directory.Exists(Path.Combine(StatePath, "store")));
    }

    [Fact]
    public async Task CheckStoreAsync_FolderThatCannotBeMade_EndsWithNoPermission()
    {
        File.WriteAllText(Path.Combine(StatePath, "file"), "");
        await using var daemon = Compose("--store", $"file://{StatePath}/file/store");

        var e = await Assert.ThrowsAsync<StartException>(() => daemon.CheckStoreAsync(TestContext.Current.CancellationToken));

        Assert.Equal(ExitCode.NoPermission, e.ExitCode);
        Assert.Contains("--store", e.Message, StringComparison.Ordinal);
    }

    private Composition Compose(params string[] args) => new(Read(args), Variables, NullLoggerFactory.Instance, TimeProvider.System);
}
