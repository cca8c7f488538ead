using MimicCxr.Daemon.Cache;
using MimicCxr.Daemon.Store;
using MimicCxr.Daemon.Tests.Support;
using MimicCxr.Daemon.Verify;

namespace MimicCxr.Daemon.Tests.Verify;

/// <summary>Verifications of a folder: what can be told without reading it.</summary>
public sealed class FolderVerificationTests : IAsyncDisposable
{
    private const string One = "files/one.jpg";
    private const string Two = "files/two.jpg";
    private static readonly byte[] Bytes = CacheHarness.Bytes(300_000);

    private readonly TemporaryFolder _folder = new();
    private readonly FolderObjectStore _store;
    private readonly CacheHarness _cache;

    public FolderVerificationTests()
    {
        _store = new FolderObjectStore(_folder["store"]);
        _cache = new CacheHarness(_folder, CacheHarness.OriginOf((One, Bytes), (Two, CacheHarness.Bytes(5, seed: 2))), _store);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string Stored => _folder["store/" + CacheHarness.Key(One)];

    public async ValueTask DisposeAsync()
    {
        await _cache.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Verify_FolderAsItWasFilled_IsRightWithoutReadingIt()
    {
        await FillAsync();

        var (findings, counts) = await VerifyAsync();

        Assert.Empty(findings);
        Assert.Equal((2, 0, 0), (counts.Right, counts.NotChecked, counts.BytesRead));
    }

    [Fact]
    public async Task Verify_FileOverwritten_IsDamagedUntilItIsRepaired()
    {
        await FillAsync();
        await ReplaceAsync(CacheHarness.Damaged(Bytes, at: 1000), keepsNote: true);

        Assert.Equal((FindingKind.Damaged, One, false), Only(await VerifyAsync()));
        Assert.Equal((FindingKind.Damaged, One, true), Only(await VerifyAsync(repair: true)));

        Assert.Empty((await VerifyAsync()).Findings);
        Assert.Equal(Bytes, await File.ReadAllBytesAsync(Stored, Token));
    }

    [Fact]
    public async Task Verify_FileWithoutANote_IsNotChecked()
    {
        await FillAsync();
        await ReplaceAsync(Bytes, keepsNote: false);

        var (findings, counts) = await VerifyAsync();

        Assert.Empty(findings);
        Assert.Equal((1, 1), (counts.Right, counts.NotChecked));
    }

    private async Task FillAsync()
    {
        foreach (var name in new[] { One, Two })
        {
            await _cache.ReadAsync(name);
            await _cache.SettledAsync(name);
        }
    }

    /// <summary>Changes the file in the store alone: where it is the spool's too, that keeps the old one.</summary>
    private async Task ReplaceAsync(byte[] bytes, bool keepsNote)
    {
        var note = FileNote.Read(new FileInfo(Stored));
        await File.WriteAllBytesAsync(_folder["new"], bytes, Token);
        if (keepsNote)
        {
            FileNote.Write(_folder["new"], note!.Value.Note);
            File.SetLastWriteTimeUtc(_folder["new"], DateTime.UnixEpoch); // written to after that
        }

        File.Move(_folder["new"], Stored, overwrite: true);
    }

    private async Task<(List<Finding> Findings, VerifyCounts Counts)> VerifyAsync(bool repair = false)
    {
        var order = new VerifyOrder([_cache.File(One), _cache.File(Two)], _ => true, IsDeep: false, repair);
        var verification = new Verification(new VerifyParts(_store, _cache.Spool, _cache.Cache, MismatchPolicy.AcceptRepeatable), _cache.Blobs, order);
        await verification.RunAsync(Token);
        return (await verification.Findings.ReadAllAsync(Token).ToListAsync(Token), verification.Counts);
    }

    private static (FindingKind Kind, string Path, bool IsRepaired) Only((List<Finding> Findings, VerifyCounts Counts) run)
    {
        var finding = Assert.Single(run.Findings);
        return (finding.Kind, finding.Path, finding.IsRepaired);
    }
}
