using System.Collections.Concurrent;
using Microsoft.AspNetCore.Http;

namespace MimicCxr.Sandbox.PhysioNet;

/// <summary>
/// Every request below /files/ and what can be counted of them. Safe for use from any thread. A request is in here
/// before the first byte of its answer leaves.
/// </summary>
public sealed class RequestLog
{
    private readonly ConcurrentQueue<RequestLogEntry> _entries = new();
    private readonly Lock _lock = new();
    private long _passwordHashes;

    // Guarded by _lock.
    private int _concurrent;
    private int _peak;

    internal RequestLog()
    {
    }

    /// <summary>All requests in the order of their coming.</summary>
    public IReadOnlyList<RequestLogEntry> Entries => [.. _entries];

    /// <summary>How often a password was checked the slow way.</summary>
    public long PasswordHashes => Interlocked.Read(ref _passwordHashes);

    /// <summary>Most requests that were being answered at one time.</summary>
    public int PeakConcurrentRequests
    {
        get
        {
            lock (_lock)
            {
                return _peak;
            }
        }
    }

    /// <summary>Bytes of all bodies.</summary>
    public long BytesSent => _entries.Sum(entry => entry.BytesSent);

    /// <summary>GETs by path that were answered with bytes (200 or 206): the 401 before a login does not count.</summary>
    public IReadOnlyDictionary<string, int> GetsByPath() => _entries
        .Where(entry => entry.Method == "GET" && entry.Status is 200 or 206)
        .CountBy(entry => entry.Path)
        .ToDictionary(StringComparer.Ordinal);

    /// <summary>GETs of one path that were answered with bytes (200 or 206).</summary>
    public int Gets(string path) => _entries.Count(entry => entry.Method == "GET" && entry.Status is 200 or 206 && entry.Path == path);

    /// <summary>Requests by the status of their answer.</summary>
    public IReadOnlyDictionary<int, int> RequestsByStatus() => _entries.CountBy(entry => entry.Status).ToDictionary();

    /// <summary>Notes a request while it is answered.</summary>
    internal async Task RecordAsync(HttpContext context, bool hadPassword, Func<RequestLogEntry, Task> answer)
    {
        var request = context.Request;
        var entry = new RequestLogEntry
        {
            Method = request.Method,
            Path = request.Path.Value!,
            HadPassword = hadPassword,
            HadCookie = request.Cookies.Count > 0,
            Range = request.Headers.Range.Count == 0 ? null : request.Headers.Range.ToString(),
        };
        Begin(entry);
        try
        {
            await answer(entry).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The client left, or the server is switched off.
        }
        finally
        {
            End();
        }
    }

    /// <summary>Forgets all requests and counts; those being answered still count as concurrent.</summary>
    public void Clear()
    {
        _entries.Clear();
        Interlocked.Exchange(ref _passwordHashes, 0);
        lock (_lock)
        {
            _peak = _concurrent;
        }
    }

    internal void CountPasswordHash() => Interlocked.Increment(ref _passwordHashes);

    private void Begin(RequestLogEntry entry)
    {
        _entries.Enqueue(entry);
        lock (_lock)
        {
            _peak = Math.Max(_peak, ++_concurrent);
        }
    }

    private void End()
    {
        lock (_lock)
        {
            _concurrent--;
        }
    }
}
