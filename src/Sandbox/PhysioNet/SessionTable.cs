using System.Collections.Concurrent;
using System.Security.Cryptography;

namespace MimicCxr.Sandbox.PhysioNet;

/// <summary>Sessions that skip the password check until they end.</summary>
internal sealed class SessionTable(int? requestsPerSession)
{
    private readonly ConcurrentDictionary<string, Session> _sessions = new(StringComparer.Ordinal);

    /// <summary>Starts a session.</summary>
    /// <returns>The value of its cookie.</returns>
    public string Start(FakeAccount account)
    {
        var id = RandomNumberGenerator.GetHexString(32, lowercase: true);
        _sessions[id] = new Session(account, requestsPerSession ?? int.MaxValue);
        return id;
    }

    /// <summary>Whose session a cookie names, if it has not ended; counts the request.</summary>
    public FakeAccount? Use(string? id)
    {
        if (id is null || !_sessions.TryGetValue(id, out var session))
        {
            return null;
        }

        if (session.TryUse())
        {
            return session.Account;
        }

        _sessions.TryRemove(id, out _);
        return null;
    }

    /// <summary>Ends one session.</summary>
    public void End(string? id)
    {
        if (id is not null)
        {
            _sessions.TryRemove(id, out _);
        }
    }

    /// <summary>Ends all sessions.</summary>
    public void EndAll() => _sessions.Clear();

    private sealed class Session(FakeAccount account, int requests)
    {
        private int _left = requests;

        public FakeAccount Account => account;

        public bool TryUse() => Interlocked.Decrement(ref _left) >= 0;
    }
}
