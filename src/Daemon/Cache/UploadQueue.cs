using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using MimicCxr.Daemon.Store;

namespace MimicCxr.Daemon.Cache;

/// <summary>
/// Puts blobs that came from the origin into the store, in the background, until each is there: a blob stays pinned in the
/// spool and marked in the index until then, so the queue survives a kill.
/// </summary>
internal sealed class UploadQueue : IAsyncDisposable
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);

    private readonly IObjectStore _store;
    private readonly Spool _spool;
    private readonly CacheCounters _counters;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Channel<Upload> _queue = Channel.CreateUnbounded<Upload>();
    private readonly ConcurrentDictionary<Blob, Upload> _pending = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly Task[] _workers;

    public UploadQueue(IObjectStore store, Spool spool, int concurrency, CacheCounters counters, TimeProvider time, ILogger logger)
    {
        _store = store;
        _spool = spool;
        _counters = counters;
        _time = time;
        _logger = logger;
        _workers = [.. Enumerable.Range(0, concurrency).Select(_ => Task.Run(WorkAsync))];
    }

    /// <summary>Blobs that are not in the store yet.</summary>
    public int Pending => _pending.Count;

    /// <summary>
    /// Queues a blob of the spool, to be written over the store's object where that is known to be damaged. Nothing happens when it is
    /// queued already.
    /// </summary>
    /// <param name="blob">The blob.</param>
    /// <param name="file">Its file; pinned here until it is stored.</param>
    /// <param name="sha256">Checksum of its bytes; null to compute it.</param>
    /// <param name="disagrees">Whether the list has another checksum.</param>
    public void Enqueue(Blob blob, SpoolFile file, byte[]? sha256, bool disagrees)
    {
        var upload = new Upload(blob, file, sha256, disagrees, Overwrite: blob.StoreIsDamaged);
        if (!_pending.TryAdd(blob, upload))
        {
            return;
        }

        file.Pin();
        file.IsUploadPending = true;
        _ = blob.Owner.SetStateAsync(blob.File, BlobState.Pending);
        _queue.Writer.TryWrite(upload);
    }

    /// <summary>Queues a blob that an earlier run left in the spool.</summary>
    public void EnqueueLeftOver(Blob blob, SpoolFile file)
    {
        var accepted = blob.Owner.AcceptedSha256(blob.File);
        Enqueue(blob, file, accepted, disagrees: accepted is not null);
    }

    /// <summary>Completes when the blob is no longer in the queue: stored, or given up.</summary>
    public Task WhenSettledAsync(Blob blob, CancellationToken cancellationToken) =>
        _pending.TryGetValue(blob, out var upload) ? upload.Settled.Task.WaitAsync(cancellationToken) : Task.CompletedTask;

    /// <summary>Stops; what is not stored yet is queued again at the next start.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(_workers).ConfigureAwait(false);
        _stop.Dispose();
    }

    private async Task WorkAsync()
    {
        try
        {
            while (true)
            {
                // Not ReadAllAsync: each upload would wake all who wait.
                var upload = await _queue.Reader.ReadAsync(_stop.Token).ConfigureAwait(false);
                await StoreAsync(upload).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // The end.
        }
    }

    private async Task StoreAsync(Upload upload)
    {
        var pause = FirstPause;
        while (!upload.File.IsGone && File.Exists(upload.File.Path))
        {
            try
            {
                var sha256 = upload.Sha256 ?? await HashAsync(upload.File.Path).ConfigureAwait(false);
                if (upload.Sha256 is null && !upload.Blob.Owner.IsRight(upload.Blob.File, sha256))
                {
                    // Left by a run whose index was lost, or changed on the disk since: nobody knows that the origin repeats these.
                    _spool.Evict(upload.File.Key, evenHeld: true, out _);
                    continue;
                }

                await _store.PutAsync(
                    upload.Blob.Owner.PathOf(upload.Blob.File),
                    upload.File.Path,
                    upload.File.Length,
                    new ObjectNote(Convert.ToHexStringLower(sha256), upload.Disagrees),
                    upload.Overwrite,
                    _stop.Token).ConfigureAwait(false);
                await SettleAsync(upload, BlobState.Stored).ConfigureAwait(false);
                return;
            }
            catch (Exception e) when (e is StoreException or IOException or UnauthorizedAccessException)
            {
                Interlocked.Increment(ref _counters.UploadErrors);
                _logger.LogWarning("An upload failed and is tried again in {Seconds:0.0} s: {Reason}", pause.TotalSeconds, e.Message);
            }

            await Task.Delay(pause, _time, _stop.Token).ConfigureAwait(false);
            pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
        }

        // Evicted: a reader needed the room while the store took nothing. The blob can be fetched again, and may have been.
        Interlocked.Increment(ref _counters.UploadsAbandoned);
        await SettleAsync(upload, upload.Overwrite ? BlobState.Damaged : BlobState.Unknown).ConfigureAwait(false);
        if (upload.Blob.Resident is { IsGone: false } newer && newer != upload.File)
        {
            Enqueue(upload.Blob, newer, upload.Sha256, upload.Disagrees);
        }
    }

    private async Task SettleAsync(Upload upload, BlobState state)
    {
        await upload.Blob.Owner.SetStateAsync(upload.Blob.File, state).ConfigureAwait(false);
        upload.File.IsUploadPending = false;
        upload.File.Unpin();
        _pending.TryRemove(upload.Blob, out _);
        upload.Settled.SetResult();
        _spool.ServeWaiting();
    }

    private static async Task<byte[]> HashAsync(string path)
    {
        var stream = File.OpenRead(path);
        await using (stream.ConfigureAwait(false))
        {
            return await SHA256.HashDataAsync(stream).ConfigureAwait(false);
        }
    }

    private sealed record Upload(Blob Blob, SpoolFile File, byte[]? Sha256, bool Disagrees, bool Overwrite)
    {
        public TaskCompletionSource Settled { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
