using System.Collections;
using System.Threading.Channels;
using MimicCxr.Daemon.Cache;
using MimicCxr.Daemon.Origin;
using MimicCxr.Daemon.Store;

namespace MimicCxr.Daemon.Verify;

/// <summary>
/// One run over files of a data set: lists what the store has of them, judges each object, corrects what the index says of it,
/// and on request puts right what is wrong.
/// </summary>
internal sealed class Verification(VerifyParts parts, DataSetBlobs blobs, VerifyOrder order)
{
    /// <summary>HEAD requests at a time: each waits for the network, none for the processor.</summary>
    private const int LooksAtATime = 32;

    /// <summary>Objects read at a time; the memory is one buffer of 128 KiB for each.</summary>
    private const int ReadsAtATime = 8;

    /// <summary>One object that cannot be read is a finding; so many one after the other are a store that is out of reach.</summary>
    private const int FailuresInARow = 20;

    /// <summary>Findings that wait for the client; more hold up the verification.</summary>
    private const int FindingsWaiting = 1000;

    private readonly Channel<Finding> _findings = Channel.CreateBounded<Finding>(FindingsWaiting);
    private readonly BitArray _present = new(blobs.Catalog.FileCount); // set before the first is read
    private readonly BitArray _listed = new(blobs.Catalog.FileCount);
    private int _failures;

    /// <summary>Files to verify.</summary>
    public int Total => order.Files.Count;

    /// <summary>How far it got.</summary>
    public VerifyCounts Counts { get; } = new();

    /// <summary>What it found, as it finds it; completed at the end. Somebody has to read it.</summary>
    public ChannelReader<Finding> Findings => _findings.Reader;

    /// <summary>Runs to the end.</summary>
    /// <exception cref="StoreException">The store is out of reach.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            await ListAsync(cancellationToken).ConfigureAwait(false);
            var options = new ParallelOptions { MaxDegreeOfParallelism = order.IsDeep ? ReadsAtATime : LooksAtATime, CancellationToken = cancellationToken };
            var check = new ObjectCheck(parts.Store, parts.OnMismatch, Counts);
            await Parallel.ForEachAsync(order.Files, options, async (file, token) =>
            {
                if (order.IsDeep)
                {
                    await CheckSpoolAsync(file, token).ConfigureAwait(false);
                }

                await CheckObjectAsync(check, file, token).ConfigureAwait(false);
                Interlocked.Increment(ref Counts.Done);
            }).ConfigureAwait(false);
        }
        finally
        {
            _findings.Writer.Complete();
        }
    }

    private async Task ListAsync(CancellationToken cancellationToken)
    {
        // Before the listing: what is stored while it runs may not be in it, and is not missing for that.
        foreach (var file in order.Files)
        {
            _listed[file] = blobs.StateOf(file) is BlobState.Stored or BlobState.Lost or BlobState.Damaged;
        }

        await foreach (var item in parts.Store.ListAsync(blobs.KeyPrefix + CommonFolder(), cancellationToken).ConfigureAwait(false))
        {
            Interlocked.Increment(ref Counts.Listed);
            if (blobs.TryFindFile(item.Key, out var file))
            {
                _present[file] = true;
            }
            else if (item.Key[blobs.KeyPrefix.Length..] is var rest && order.IsWanted(rest))
            {
                await ReportAsync(new Finding(FindingKind.Extra, rest, "an object that is no file of the data set; nothing of ours put it there", false), cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>What the paths of all files begin with, so that a few files do not list the whole bucket.</summary>
    private string CommonFolder()
    {
        if (order.Files.Count == 0)
        {
            return "";
        }

        var first = blobs.Catalog.Path(blobs.Catalog.NodeOf(order.Files[0]));
        if (order.Files.Count == 1)
        {
            return first;
        }

        // In path order, what the first and the last have in common all have.
        var last = blobs.Catalog.Path(blobs.Catalog.NodeOf(order.Files[^1]));
        var common = first.AsSpan().CommonPrefixLength(last);
        return first[..(first[..common].LastIndexOf('/') + 1)];
    }

    private async Task CheckObjectAsync(ObjectCheck check, int file, CancellationToken cancellationToken)
    {
        if (!_present[file] && !_listed[file])
        {
            Interlocked.Increment(ref Counts.NotStored);
            return;
        }

        ObjectVerdict? verdict;
        try
        {
            verdict = await check.JudgeAsync(blobs, file, order.IsDeep && _present[file], cancellationToken).ConfigureAwait(false);
            Volatile.Write(ref _failures, 0);
        }
        catch (StoreException e) when (e.Error is StoreError.OutOfReach or StoreError.BadAnswer && Interlocked.Increment(ref _failures) < FailuresInARow)
        {
            await ReportAsync(file, FindingKind.Unreadable, e.Message, false, cancellationToken).ConfigureAwait(false);
            return;
        }

        if (verdict is { } there)
        {
            await TakeAsync(file, there, cancellationToken).ConfigureAwait(false);
        }
        else if (_listed[file])
        {
            await blobs.SetStateAsync(file, BlobState.Lost).ConfigureAwait(false);
            await RepairAsync(file, FindingKind.Missing, "it was stored, and the store does not have it any more", cancellationToken).ConfigureAwait(false);
        }
        else
        {
            Interlocked.Increment(ref Counts.NotStored);
        }
    }

    private async Task TakeAsync(int file, ObjectVerdict verdict, CancellationToken cancellationToken)
    {
        var before = blobs.StateOf(file);
        // What is told of an object without reading it is older than what a reader found.
        var wasFound = before == BlobState.Damaged && !order.IsDeep;
        if (verdict.Kind == FindingKind.Damaged || wasFound)
        {
            await blobs.SetStateAsync(file, BlobState.Damaged).ConfigureAwait(false);
            await RepairAsync(file, FindingKind.Damaged, wasFound ? "its bytes were wrong when it was read" : verdict.Message, cancellationToken).ConfigureAwait(false);
            return;
        }

        if (before is BlobState.Unknown or BlobState.Lost or BlobState.Damaged)
        {
            await blobs.SetStoredAsync(file, verdict.Length).ConfigureAwait(false);
            Interlocked.Increment(ref Counts.NewlyKnown);
        }

        if (verdict.Kind is { } kind)
        {
            await ReportAsync(file, kind, verdict.Message, false, cancellationToken).ConfigureAwait(false);
        }
        else
        {
            Interlocked.Increment(ref verdict.IsChecked ? ref Counts.Right : ref Counts.NotChecked);
        }
    }

    private async Task RepairAsync(int file, FindingKind kind, string message, CancellationToken cancellationToken)
    {
        var isRepaired = false;
        var accepted = blobs.AcceptedSha256(file);
        if (order.Repairs)
        {
            try
            {
                await parts.Cache.RestoreAsync(blobs.Get(file), cancellationToken).ConfigureAwait(false);
                isRepaired = true;
            }
            catch (Exception e) when (e is OriginException or CacheException or StoreException)
            {
                message = $"{message}; it could not be put right: {e.Message}";
            }

            if (isRepaired && accepted is null && blobs.AcceptedSha256(file) is not null)
            {
                // A store without notes could not tell.
                (kind, message) = (FindingKind.OriginDisagrees, "the origin repeats bytes that its own SHA256SUMS.txt denies; stored again and marked");
            }
        }

        await ReportAsync(file, kind, message, isRepaired, cancellationToken).ConfigureAwait(false);
    }

    private async Task CheckSpoolAsync(int file, CancellationToken cancellationToken)
    {
        var listed = blobs.Catalog.Sha256(file).ToArray();
        if (listed.Length == 0
            || !parts.Spool.TryFind(SpoolKey.Of(blobs.DataSet, blobs.Catalog, blobs.Catalog.NodeOf(file)), out var resident)
            || await resident.HashAsync(parts.Spool.Open, cancellationToken).ConfigureAwait(false) is not { } sha256)
        {
            return;
        }

        Interlocked.Add(ref Counts.BytesRead, resident.Length);
        if (!sha256.AsSpan().SequenceEqual(listed) && !sha256.AsSpan().SequenceEqual(blobs.AcceptedSha256(file)))
        {
            parts.Cache.DropDamaged(blobs.Get(file));
            await ReportAsync(
                file,
                FindingKind.DamagedInSpool,
                "the local copy in the spool had been changed; it was taken out, and the file is fetched again when it is read. Check the disk of --spool-dir",
                order.Repairs,
                cancellationToken).ConfigureAwait(false);
        }
    }

    private ValueTask ReportAsync(int file, FindingKind kind, string message, bool isRepaired, CancellationToken cancellationToken) =>
        ReportAsync(new Finding(kind, blobs.Catalog.Path(blobs.Catalog.NodeOf(file)), message, isRepaired), cancellationToken);

    private ValueTask ReportAsync(Finding finding, CancellationToken cancellationToken)
    {
        Counts.Count(finding.Kind);
        if (finding.IsRepaired)
        {
            Interlocked.Increment(ref Counts.Repaired);
        }

        return _findings.Writer.WriteAsync(finding, cancellationToken);
    }
}
