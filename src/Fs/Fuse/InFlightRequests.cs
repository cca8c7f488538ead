using Microsoft.Extensions.Logging;

namespace MimicCxr.Fs.Fuse;

/// <summary>
/// The parked requests by their unique number. Whoever takes a request out of this table answers it, and nobody
/// else does: a reply thread when the tree is ready, a device thread when the kernel interrupts it, the timer at
/// the limit, or the session at its end.
/// </summary>
internal sealed class InFlightRequests(
    ReplySender sender,
    WorkQueue<ParkedRequest> ready,
    TimeSpan limit,
    TimeProvider time,
    FuseCounters counters,
    ILogger logger)
{
    /// <summary>How long somebody who is to end may have to wait for it, after a signal that was no reason.</summary>
    private static readonly TimeSpan WatchInterval = TimeSpan.FromMilliseconds(100);

    private readonly Lock _gate = new();
    private readonly Dictionary<ulong, ParkedRequest> _parked = []; // guarded by _gate
    private bool _isClosed; // guarded by _gate

    /// <summary>Takes a request over; from here on it is answered by this table.</summary>
    /// <returns>False when the session is ending.</returns>
    public bool TryPark(ParkedRequest request)
    {
        request.StartLimit(limit, time, OnLimit);
        lock (_gate)
        {
            if (_isClosed || !_parked.TryAdd(request.Unique, request))
            {
                request.Finish();
                return false;
            }
        }

        counters.CountParked();

        // The wait starts on a reply thread: a tree may take its time to begin a transfer, a device thread may not.
        ready.TryEnqueue(request);
        return true;
    }

    /// <summary>
    /// Answers a parked request EINTR, if the signal is one to end by. The kernel tells of the first signal only, so where that is none its
    /// caller is watched from then on.
    /// </summary>
    /// <returns>False when there is none of that number.</returns>
    public bool TryInterrupt(ulong unique)
    {
        ParkedRequest? request;
        lock (_gate)
        {
            if (!_parked.TryGetValue(unique, out request))
            {
                return false;
            }
        }

        if (CallerSignals.EndWait(request.Thread))
        {
            return TryAbort(request, Errno.Interrupted);
        }

        lock (_gate)
        {
            if (_parked.ContainsKey(unique))
            {
                request.StartWatch(WatchInterval, time, OnWatch);
            }
        }

        return true;
    }

    /// <summary>One step of a parked request, on a reply thread: an answer, or a wait for one.</summary>
    public void Proceed(ParkedRequest request, ReplyBuffer reply)
    {
        if (!request.HasWaited)
        {
            _ = WaitAsync(request);
            return;
        }

        OperationResult result;
        try
        {
            if (!request.TryAnswer(reply.Body, out result))
            {
                _ = WaitAsync(request);
                return;
            }
        }
        catch (Exception exception)
        {
            Fail(request, exception);
            return;
        }

        if (!TryTake(request))
        {
            request.Discard();
            return;
        }

        request.Finish();
        CountFailure(result.Error);
        var message = result.Error == Errno.None
            ? reply.Answer(request.Unique, result.BodyLength)
            : reply.Error(request.Unique, result.Error);
        if (!sender.Send(message))
        {
            request.Discard();
        }
    }

    /// <summary>Answers all that wait with an error, and takes no more.</summary>
    public void Close(Errno error)
    {
        ParkedRequest[] left;
        lock (_gate)
        {
            _isClosed = true;
            left = [.. _parked.Values];
            _parked.Clear();
        }

        foreach (var request in left)
        {
            Abort(request, error);
        }
    }

    private async Task WaitAsync(ParkedRequest request)
    {
        try
        {
            await request.WaitAsync().ConfigureAwait(false);
            if (!ready.TryEnqueue(request))
            {
                request.Discard(); // the session has ended
            }
        }
        catch (Exception exception)
        {
            Fail(request, exception);
        }
    }

    private void OnWatch(ParkedRequest request)
    {
        if (CallerSignals.EndWait(request.Thread))
        {
            TryAbort(request, Errno.Interrupted);
        }
    }

    private void OnLimit(ParkedRequest request)
    {
        if (!TryTake(request))
        {
            return;
        }

        counters.CountTimedOut();
        counters.CountError();
        logger.LogWarning("{Opcode} waited {Seconds} s for the tree and was answered EIO", request.Opcode, limit.TotalSeconds);
        sender.SendError(request.Unique, Errno.InputOutput);
        request.Cancel();
    }

    private void Fail(ParkedRequest request, Exception exception)
    {
        // Of a request that was answered otherwise, this is only the echo of its cancellation.
        if (!TryTake(request))
        {
            return;
        }

        request.Finish();
        var error = Errno.InputOutput;
        if (exception is FsException known)
        {
            error = known.Errno;
        }
        else
        {
            FailureLog.Unexpected(logger, request.Opcode, exception);
        }

        CountFailure(error);
        sender.SendError(request.Unique, error);
    }

    private void CountFailure(Errno error)
    {
        if (error == Errno.InputOutput)
        {
            counters.CountError();
        }
    }

    /// <summary>Answers a request that was taken out, then lets go of the tree.</summary>
    private void Abort(ParkedRequest request, Errno error)
    {
        counters.CountUnparked();
        sender.SendError(request.Unique, error);
        request.Cancel();
    }

    /// <returns>False when somebody else answers it.</returns>
    private bool TryAbort(ParkedRequest request, Errno error)
    {
        if (!TryTake(request))
        {
            return false;
        }

        sender.SendError(request.Unique, error);
        request.Cancel();
        return true;
    }

    private bool TryTake(ParkedRequest request)
    {
        lock (_gate)
        {
            if (!_parked.TryGetValue(request.Unique, out var parked) || parked != request)
            {
                return false;
            }

            _parked.Remove(request.Unique);
        }

        counters.CountUnparked();
        return true;
    }
}
