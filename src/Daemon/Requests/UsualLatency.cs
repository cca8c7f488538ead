namespace MimicCxr.Daemon.Requests;

/// <summary>What a server usually takes to begin an answer, and which answers are late beside that. Not safe for threads.</summary>
internal struct UsualLatency
{
    /// <summary>
    /// Times the usual. A line that fills up, or a directory that has to be read from a disk, makes answers a few times later
    /// without any need to ask less.
    /// </summary>
    private const double LateFactor = 8;

    /// <summary>Share of the way that the usual goes up with each answer; down it goes at once. A new normal is learnt in some hundred answers.</summary>
    private const double Drift = 0.01;

    /// <summary>No answer sooner than this is late: below it people hardly wait, and one slow disk or password check explains it.</summary>
    private static readonly TimeSpan Floor = TimeSpan.FromSeconds(2);

    private double _seconds;

    /// <summary>Learns from an answer, and tells whether it was late.</summary>
    public bool IsLate(TimeSpan after)
    {
        var seconds = after.TotalSeconds;
        var isLate = after > Floor && _seconds > 0 && seconds > LateFactor * _seconds;
        _seconds = _seconds > 0 ? Math.Min(seconds, _seconds + (Drift * (seconds - _seconds))) : seconds;
        return isLate;
    }
}
