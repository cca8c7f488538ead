namespace MimicCxr.Daemon.Origin;

/// <summary>
/// The account that a server refused last. It is not offered again and again: it will not become right, and could be locked. For one
/// caller at a time.
/// </summary>
internal sealed class RefusedAccount<TAccount>(TimeProvider time)
{
    private static readonly TimeSpan Memory = TimeSpan.FromMinutes(1);

    private (TAccount Account, OriginException Reason, long At)? _last;

    /// <summary>Throws why an account was refused, where that was a moment ago.</summary>
    public void ThrowIf(TAccount account)
    {
        if (_last is { } last && Equals(last.Account, account) && time.GetElapsedTime(last.At) < Memory)
        {
            throw last.Reason;
        }
    }

    /// <summary>Keeps why an account was refused.</summary>
    /// <returns>The reason.</returns>
    public OriginException Keep(TAccount account, OriginException reason)
    {
        _last = (account, reason, time.GetTimestamp());
        return reason;
    }
}
