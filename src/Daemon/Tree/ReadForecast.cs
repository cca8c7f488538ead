namespace MimicCxr.Daemon.Tree;

/// <summary>
/// Guesses whether a question for a file's size will be followed by reading the file. The kernel's GETATTR does not tell
/// <c>stat</c> from <c>open</c>; but programs do one or the other many times over. While sizes asked for are followed by
/// reads, the size comes from the transfer of the bytes, which costs no request of its own. Once
/// <see cref="Patience"/> sizes in a row were not (<c>du</c>, <c>ls -l</c>, the scan of rsync), sizes come from directory
/// pages, until reads follow again. A wrong guess costs a request or a file fetched early, never a wrong answer.
/// </summary>
internal sealed class ReadForecast
{
    /// <summary>More files than are opened at a time between the answer to their size and their first read.</summary>
    private const int Patience = 16;

    private const int Slots = 256;

    /// <summary>Files whose size was told last, by ordinal + 1; colliding ones displace each other, which only blunts the guess.</summary>
    private readonly int[] _told = new int[Slots];
    private int _unread;

    /// <summary>Whether a read is expected after the next question for a size.</summary>
    public bool ExpectsRead => Volatile.Read(ref _unread) < Patience;

    /// <summary>A size that was unknown before was told.</summary>
    public void SizeTold(int file)
    {
        Volatile.Write(ref _told[file % Slots], file + 1);
        if (ExpectsRead)
        {
            Interlocked.Increment(ref _unread);
        }
    }

    /// <summary>A file is read. Counts double, so that a scan beside a running epoch does not win.</summary>
    public void Reading(int file)
    {
        if (Volatile.Read(ref _told[file % Slots]) == file + 1)
        {
            Volatile.Write(ref _told[file % Slots], 0);
            if (Interlocked.Add(ref _unread, -2) < 0)
            {
                Volatile.Write(ref _unread, 0);
            }
        }
    }
}
