using System.Text;
using MimicCxr.Daemon.Archives;
using MimicCxr.Daemon.Archives.Zip;
using MimicCxr.Daemon.Origin;
using MimicCxr.Daemon.Tests.Support;

namespace MimicCxr.Daemon.Tests.Archives;

/// <summary>A zip at the origin, read by Range.</summary>
public sealed class OriginArchiveTests
{
    private const string Name = "mimic-cxr-reports.zip";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Read_FromPhysioNet_TakesThreeRequests()
    {
        await using var net = await PhysioNet.StartAsync();
        net.Write(Name, ZipImage.Reports(30_000).ToArray());
        var source = new OriginArchive(net.Origin(), PhysioNet.Ask(Name), null);
        using var zip = await RangedZip.OpenAsync(source, Token, Token);
        var name = ZipImage.NameOf(12_345);

        var entry = await zip.FindAsync(Encoding.UTF8.GetBytes(name), 12_345 / 30_000.0, Token);

        Assert.Equal(ZipImage.TextOf(name), await zip.ReadAsync(Encoding.UTF8.GetBytes(name), Assert.NotNull(entry), Token));
        Assert.Equal(3, net.Log.Entries.Count(seen => seen is { Method: "GET", Status: 206 } && seen.Path == PhysioNet.Seen(Name)));
    }

    [Fact]
    public async Task Read_ArchiveWasReplaced_FailsAsChanged()
    {
        await using var net = await PhysioNet.StartAsync();
        net.Write(Name, ZipImage.Reports(30_000).ToArray());
        using var zip = await RangedZip.OpenAsync(new OriginArchive(net.Origin(), PhysioNet.Ask(Name), null), Token, Token);
        net.Write(Name, ZipImage.Reports(30_001).ToArray(), seed: 2);

        var failure = await Assert.ThrowsAsync<OriginException>(async () => await zip.FindAsync("files/p10/x"u8.ToArray(), 0.3, Token));

        Assert.Equal(OriginError.Changed, failure.Error);
    }
}
