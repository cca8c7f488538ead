using Microsoft.Extensions.Logging;
using MimicCxr.Daemon.Cache;
using MimicCxr.Daemon.Catalog;

namespace MimicCxr.Daemon.Prefetch;

/// <summary>
/// One run of a job: finds out what is left to be brought, brings that into the store a bounded number of files at a time, and
/// judges each file that fails.
/// </summary>
/// <param name="order">What to do.</param>
/// <param name="dataSet">Of which data set.</param>
/// <param name="parts">The daemon's parts.</param>
/// <param name="begun">Told the files, and their bytes, that the store has already.</param>
/// <param name="done">Told the bytes of each further file that is in the store.</param>
/// <param name="failed">Told each file that cannot be had.</param>
internal sealed class JobRun(
    JobOrder order, DataSetDefinition dataSet, JobParts parts, Action<long, long> begun, Action<long> done, Action<JobFailure> failed)
{
    /// <summary>Uploads of some files go on while others are received, so twice the origin's requests keep those busy.</summary>
    private const int FilesPerRequest = 2;

    private const int MostAtATime = 256;

    /// <summary>How often a file may fail while everything else is well; each time the origin has retried by itself.</summary>
    private const int Tries = 3;

    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(6);

    /// <summary>Tells whether origin and store are there.</summary>
    public Outage Outage { get; } = new((suspect, token) => ProbeAsync(dataSet, parts, suspect, token), () => parts.Store.WriteTrouble, parts.Time);

    /// <summary>Runs until every file is in the store or has failed.</summary>
    /// <exception cref="Exception">What would fail every further file.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var blobs = await OpenAsync(cancellationToken).ConfigureAwait(false);
        var files = parts.Kept.Files(order.Id, blobs.Catalog)
            ?? throw new InvalidDataException($"The lists of {dataSet.Id} have changed since the job was begun. Begin it anew.");
        var left = Left(blobs, files);
        parts.Logger.LogInformation("Job {Job}: {Left} of {Total} files to bring.", order.Id, left.Count, files.Count);
        var wanted = order.Concurrency > 0 ? order.Concurrency : parts.Concurrency * FilesPerRequest;
        var options = new ParallelOptions { MaxDegreeOfParallelism = Math.Min(wanted, MostAtATime), CancellationToken = cancellationToken };
        var first = parts.First(left.Count);
        await Parallel.ForEachAsync(left.Skip(first).Concat(left.Take(first)), options, async (file, token) => await BringAsync(blobs, file, token).ConfigureAwait(false)).ConfigureAwait(false);
    }

    /// <summary>Asks for the list, without its bytes: every data set has one.</summary>
    private static async Task ProbeAsync(DataSetDefinition dataSet, JobParts parts, FailureKind suspect, CancellationToken cancellationToken)
    {
        var list = $"{dataSet.Id}/{dataSet.List}";
        if (suspect == FailureKind.Store)
        {
            await parts.Store.TryStatAsync(list, cancellationToken).ConfigureAwait(false);
        }
        else
        {
            await parts.Origin.GetLengthAsync(list, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<DataSetBlobs> OpenAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                return await parts.OpenAsync(dataSet, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception e) when (Verdict.Of(e) is { EndsJob: false, Suspect: { } suspect })
            {
                if (!await Outage.WaitAsync(suspect, e.Message, cancellationToken).ConfigureAwait(false))
                {
                    await Task.Delay(Pause, parts.Time, cancellationToken).ConfigureAwait(false);
                }
            }
        }
    }

    /// <summary>What is neither in the store nor known to have failed.</summary>
    private FileSet Left(DataSetBlobs blobs, FileSet files)
    {
        var failedBefore = new HashSet<int>();
        foreach (var failure in parts.Kept.Failures(order.Id))
        {
            if (blobs.Catalog.TryResolve(failure.Path, out var node) && !blobs.Catalog.IsDirectory(node))
            {
                failedBefore.Add(blobs.Catalog.FileOf(node));
            }
        }

        var left = new FileSet(blobs.Catalog.FileCount);
        var (filesDone, bytesDone) = (0L, 0L);
        foreach (var file in files)
        {
            if (blobs.StateOf(file) == BlobState.Stored)
            {
                filesDone++;
                bytesDone += blobs.TryGetSize(file, out var size) ? size : 0;
            }
            else if (!failedBefore.Contains(file))
            {
                left.Add(file);
            }
        }

        begun(filesDone, bytesDone);
        return left;
    }

    private async Task BringAsync(DataSetBlobs blobs, int file, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ;)
        {
            await Outage.WhenOverAsync(cancellationToken).ConfigureAwait(false);
            try
            {
                var blob = blobs.Get(file);
                ForgetFailure(blob);
                await parts.Cache.FetchIntoStoreAsync(blob, cancellationToken).ConfigureAwait(false);
                done(blobs.TryGetSize(file, out var size) ? size : 0);
                return;
            }
#pragma warning disable CA1031 // Whatever it was, it is one file's failure.
            catch (Exception e) when (!cancellationToken.IsCancellationRequested && !Verdict.Of(e).EndsJob)
#pragma warning restore CA1031
            {
                var verdict = Verdict.Of(e);
                if (verdict.Suspect is { } suspect)
                {
                    if (await Outage.WaitAsync(suspect, e.Message, cancellationToken).ConfigureAwait(false))
                    {
                        continue;
                    }

                    if (attempt++ < Tries)
                    {
                        await Task.Delay(Pause, parts.Time, cancellationToken).ConfigureAwait(false);
                        continue;
                    }
                }

                failed(new JobFailure(blobs.Catalog.Path(blobs.Catalog.NodeOf(file)), verdict.Kind, e.Message));
                return;
            }
        }
    }

    /// <summary>A failure answers readers for a while, who ask page by page. A job asks once, and a retry because something changed.</summary>
    private static void ForgetFailure(Blob blob)
    {
        lock (blob.Changing)
        {
            blob.Failure = null;
        }
    }
}
