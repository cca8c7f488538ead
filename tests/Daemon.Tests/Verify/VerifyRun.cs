using MimicCxr.Daemon.Cache;
using MimicCxr.Daemon.Tests.Support;
using MimicCxr.Daemon.Verify;

namespace MimicCxr.Daemon.Tests.Verify;

/// <summary>A data set of five images and its list, all of it stored, and verifications of it.</summary>
internal sealed class VerifyRun : IAsyncDisposable
{
    public static readonly string[] Images = [.. Enumerable.Range(0, 5).Select(i => $"files/p10/image{i}.jpg")];

    private readonly TemporaryFolder _folder = new();
    private readonly TemporaryFolder _elsewhere = new();
    private CacheHarness _parts = null!;

    public MemoryOrigin Origin { get; } = new();

    public MemoryStore Store { get; } = new();

    public DataSetBlobs Blobs { get; private set; } = null!;

    public Spool Spool => _parts.Spool;

    public CacheHarness Parts => _parts;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static string Key(string name) => $"{MemoryOrigin.DataSet}/{name}";

    /// <summary>Fills the store, after <paramref name="prepare"/> changed what the origin does.</summary>
    public static async Task<VerifyRun> StartAsync(Action<MemoryOrigin>? prepare = null)
    {
        var run = new VerifyRun();
        foreach (var (i, image) in Images.Index())
        {
            run.Origin.Add(image, CacheHarness.Bytes(1000 + i, seed: i));
        }

        run.Origin.AddChecksums();
        prepare?.Invoke(run.Origin);
        await run.OpenAsync(run._folder);
        foreach (var image in Images)
        {
            await run.ReadAsync(image);
            await run.SettledAsync(image);
        }

        await run.SettledAsync("SHA256SUMS.txt");
        while (run.Spool.Count().Pinned > 0)
        {
            Token.ThrowIfCancellationRequested();
            await Task.Yield(); // an upload lets go of its file a moment after the index knows
        }

        return run;
    }

    /// <summary>Goes on with another index and an empty spool.</summary>
    public async Task LoseIndexAsync()
    {
        await _parts.DisposeAsync();
        await OpenAsync(_elsewhere);
    }

    public int File(string name) => Lists.File(Blobs.Catalog, name);

    public async Task<byte[]> ReadAsync(string name)
    {
        using var bytes = new MemoryStream();
        await using var stream = new BlobStream(_parts.Cache, Blobs.Get(File(name)));
        await stream.CopyToAsync(bytes, Token);
        return bytes.ToArray();
    }

    /// <summary>Changes one byte of what the store has, behind its back.</summary>
    public void DamageObject(string name)
    {
        var (bytes, note) = Store.Objects[Key(name)];
        Store.Objects[Key(name)] = (CacheHarness.Damaged(bytes, at: 500), note);
    }

    /// <summary>Takes the local copy out of the spool.</summary>
    public void Evict(string name) => Spool.Evict(SpoolKeyOf(name), evenHeld: true, out _);

    public SpoolKey SpoolKeyOf(string name) => SpoolKey.Of(Blobs.DataSet, Blobs.Catalog, Blobs.Catalog.NodeOf(File(name)));

    /// <summary>Runs one to its end.</summary>
    public async Task<(List<Finding> Findings, VerifyCounts Counts)> VerifyAsync(
        bool deep = false, bool repair = false, IReadOnlyList<int>? files = null, Func<string, bool>? isWanted = null, CancellationTokenSource? stopping = null)
    {
        var order = new VerifyOrder(files ?? [.. Enumerable.Range(0, Blobs.Catalog.FileCount)], isWanted ?? (_ => true), deep, repair);
        var verification = new Verification(
            new VerifyParts(Store, Spool, _parts.Cache, MismatchPolicy.AcceptRepeatable), Blobs, order);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(stopping?.Token ?? Token, Token);
        var running = verification.RunAsync(stop.Token);
        var findings = await verification.Findings.ReadAllAsync(Token).ToListAsync(Token);
        await running;
        return (findings, verification.Counts);
    }

    public async ValueTask DisposeAsync()
    {
        await _parts.DisposeAsync();
        _folder.Dispose();
        _elsewhere.Dispose();
    }

    private async Task SettledAsync(string name)
    {
        await Store.WhenStoredAsync(Key(name));
        while (Blobs.StateOf(File(name)) != BlobState.Stored)
        {
            Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    private async Task OpenAsync(TemporaryFolder folder)
    {
        _parts = new CacheHarness(folder, Origin, Store);
        Blobs = (await _parts.OpenAsync()).Blobs;
        while (!Blobs.IsSurveyed)
        {
            Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }
}
