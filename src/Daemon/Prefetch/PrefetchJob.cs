using System.Globalization;
using Microsoft.Extensions.Logging;
using MimicCxr.Daemon.Catalog;

namespace MimicCxr.Daemon.Prefetch;

/// <summary>
/// Brings a list of files into the store, after whatever readers want. What it was told to do and what failed is in the
/// index, so that it goes on after a kill; how far it is tell the states of the blobs.
/// </summary>
internal sealed class PrefetchJob
{
    /// <summary>Enough to see what is wrong; the others are in the index.</summary>
    public const int FailuresShown = 20;

    private readonly JobParts _parts;
    private readonly Lock _lock = new();
    private readonly List<JobFailure> _failures = []; // under _lock, as all below
    private readonly Dictionary<FailureKind, long> _failuresByKind = [];
    private JobState _state;
    private JobRate _rate;
    private Outage? _outage;
    private long _filesDone;
    private long _bytesDone;
    private JobFailure? _cause;
    private DateTimeOffset? _ended;
    private Action _cancel = () => { };
    private Task _run = Task.CompletedTask;

    /// <summary>A job that was just kept, or one that the index remembers.</summary>
    public PrefetchJob(JobRow row, JobParts parts)
    {
        _parts = parts;
        _rate = new JobRate(parts.Time);
        Order = row.Order;
        _failures.AddRange(row.Failures);
        _failuresByKind = row.FailuresByKind.ToDictionary();
        if (row.End is { } end)
        {
            (_state, _filesDone, _bytesDone, _cause, _ended) = (end.State, end.FilesDone, end.BytesDone, end.Cause, end.At);
        }
    }

    /// <summary>What it was told to do.</summary>
    public JobOrder Order { get; }

    /// <summary>Its name for users.</summary>
    public string Id => Order.Id.ToString(CultureInfo.InvariantCulture);

    /// <summary>Whether it will do nothing more, unless it is begun again.</summary>
    public bool HasEnded
    {
        get
        {
            lock (_lock)
            {
                return _state > JobState.Running;
            }
        }
    }

    /// <summary>Completes when the present run has ended, whatever way.</summary>
    public Task Ended
    {
        get
        {
            lock (_lock)
            {
                return _run;
            }
        }
    }

    /// <summary>Where it stands now.</summary>
    public JobProgress Progress
    {
        get
        {
            lock (_lock)
            {
                var (files, bytes) = _state == JobState.Running ? _rate.Measure() : (0, 0);
                return new JobProgress
                {
                    Order = Order,
                    State = _state,
                    FilesDone = _filesDone,
                    BytesDone = _bytesDone,
                    FailuresByKind = _failuresByKind.ToDictionary(),
                    Failures = [.. _failures],
                    Cause = _cause,
                    Ended = _ended,
                    Waiting = _outage?.Current,
                    FilesPerSecond = files,
                    BytesPerSecond = bytes,
                };
            }
        }
    }

    /// <summary>Everything that failed, in path order.</summary>
    public IReadOnlyList<JobFailure> Failures() => _parts.Kept.Failures(Order.Id);

    /// <summary>Begins, or goes on where an earlier run of the daemon was cut off.</summary>
    /// <param name="turns">Waited for before anything is done.</param>
    /// <param name="stopping">The end of the daemon: the job stays as it is and goes on at the next start.</param>
    public void Start(SemaphoreSlim turns, CancellationToken stopping)
    {
        lock (_lock)
        {
            var cancel = new CancellationTokenSource();
            _cancel = cancel.Cancel;
            _run = Task.Run(() => RunAsync(turns, cancel, stopping), CancellationToken.None);
        }
    }

    /// <summary>Begins again with what the store does not have; what failed is forgotten.</summary>
    /// <returns>False while it has not ended.</returns>
    public bool TryRetry(SemaphoreSlim turns, CancellationToken stopping)
    {
        lock (_lock)
        {
            if (_state <= JobState.Running)
            {
                return false;
            }

            _parts.Kept.Reopen(Order.Id);
            _failures.Clear();
            _failuresByKind.Clear();
            (_state, _cause, _ended) = (JobState.Queued, null, null);
            Start(turns, stopping);
            return true;
        }
    }

    /// <summary>Ends it; on return it waits for no file any more, and stays ended. Nothing happens to one that has ended.</summary>
    public async Task CancelAsync()
    {
        Task run;
        Action cancel;
        lock (_lock)
        {
            (run, cancel) = (_run, _cancel);
        }

        try
        {
            cancel();
        }
        catch (ObjectDisposedException)
        {
            // It has just ended by itself.
        }

        await run.ConfigureAwait(false);
    }

    private async Task RunAsync(SemaphoreSlim turns, CancellationTokenSource cancel, CancellationToken stopping)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancel.Token, stopping);
        var hasTurn = false;
        try
        {
            await turns.WaitAsync(either.Token).ConfigureAwait(false);
            hasTurn = true;
            await BringAsync(either.Token).ConfigureAwait(false);
            End(Progress.FilesFailed == 0 ? JobState.Done : JobState.Failed, null);
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            End(JobState.Cancelled, null);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // The daemon ends; the index has the job as one that has not.
        }
#pragma warning disable CA1031 // Whatever it was, a job must not end without a state.
        catch (Exception e)
#pragma warning restore CA1031
        {
            End(JobState.Failed, new JobFailure("", Verdict.Of(e).Kind, e.Message));
        }
        finally
        {
            if (hasTurn)
            {
                turns.Release();
            }

            lock (_lock)
            {
                _outage = null;
            }

            cancel.Dispose();
        }
    }

    private async Task BringAsync(CancellationToken cancellationToken)
    {
        var dataSet = DataSetDefinition.Find(Order.DataSet) ?? throw new InvalidDataException($"{Order.DataSet} is no data set of this version.");
        var run = new JobRun(Order, dataSet, _parts, Begin, Count, Fail);
        lock (_lock)
        {
            (_outage, _state) = (run.Outage, JobState.Running);
        }

        await run.RunAsync(cancellationToken).ConfigureAwait(false);
    }

    private void Begin(long filesDone, long bytesDone)
    {
        lock (_lock)
        {
            (_filesDone, _bytesDone, _rate) = (filesDone, bytesDone, new JobRate(_parts.Time));
        }
    }

    private void Count(long bytes)
    {
        lock (_lock)
        {
            _filesDone++;
            _bytesDone += bytes;
            _rate.Add(bytes);
        }
    }

    private void Fail(JobFailure failure)
    {
        _parts.Kept.Add(Order.Id, failure);
        lock (_lock)
        {
            _failuresByKind[failure.Kind] = _failuresByKind.GetValueOrDefault(failure.Kind) + 1;
            if (_failures.Count < FailuresShown)
            {
                _failures.Add(failure);
            }
        }
    }

    private void End(JobState state, JobFailure? cause)
    {
        lock (_lock)
        {
            var now = DateTimeOffset.FromUnixTimeSeconds(_parts.Time.GetUtcNow().ToUnixTimeSeconds());
            _parts.Kept.End(Order.Id, new JobEnd(state, _filesDone, _bytesDone, cause, now));
            (_state, _cause, _ended) = (state, cause, now);
            _parts.Logger.LogInformation(
                "Job {Job} {State}: {Done} of {Total} files, {Failed} failed. {Cause}",
                Id, state, _filesDone, Order.FilesTotal, _failuresByKind.Values.Sum(), cause?.Message ?? "");
        }
    }
}
