using System.Globalization;
using System.Text;

namespace MimicCxr.Fs.Fuse;

/// <summary>
/// Whether a signal that reached a waiting caller (proc(5), /proc/TID/status) is meant to end what it does. The kernel tells of every
/// signal alike, also of those that programs and their runtimes send themselves by the way: a child ended, a window got another size, a
/// profiler or garbage collector stops a thread. An EINTR for these would be an error in the middle of a stat(2) or open(2), which no
/// local file system gives and few programs expect.
/// </summary>
internal static class CallerSignals
{
    // USR1, USR2, CHLD, CONT, URG, VTALRM, PROF, WINCH, IO and the real-time signals: passing, where the program handles them.
    private static readonly ulong PassingIfHandled = Bits(10, 12, 17, 18, 23, 26, 27, 28, 29) | (ulong.MaxValue << 31);

    // STOP, TSTP, TTIN, TTOU: the program goes on later.
    private static readonly ulong Stopping = Bits(19, 20, 21, 22);

    /// <summary>Whether a thread is to end what it waits for.</summary>
    /// <param name="thread">Its number; 0 where the kernel cannot tell.</param>
    /// <returns>Also true where its signals are not to be seen.</returns>
    public static bool EndWait(uint thread)
    {
        try
        {
            return thread == 0 || EndWait(File.ReadAllText($"/proc/{thread}/status", Encoding.Latin1));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return true;
        }
    }

    internal static bool EndWait(string status)
    {
        var pending = (Mask(status, "SigPnd") | Mask(status, "ShdPnd")) & ~Mask(status, "SigBlk");
        return (pending & ~(PassingIfHandled & Mask(status, "SigCgt")) & ~Stopping) != 0;
    }

    private static ulong Mask(string status, string name)
    {
        var start = status.IndexOf($"\n{name}:\t", StringComparison.Ordinal) + name.Length + "\n:\t".Length;
        var end = status.IndexOf('\n', start);
        return ulong.Parse(status.AsSpan(start, end - start), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
    }

    private static ulong Bits(params int[] signals) => signals.Aggregate(0UL, (mask, signal) => mask | (1UL << (signal - 1)));
}
