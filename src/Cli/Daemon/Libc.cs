using System.Runtime.InteropServices;

namespace MimicCxr.Cli.Daemon;

/// <summary>The few calls of the C library that start, detach and end a daemon; .NET has no names for them.</summary>
internal static partial class Libc
{
    /// <summary>asm-generic/signal.h.</summary>
    public const int SigTerm = 15;

    /// <summary>linux/close_range.h: mark the descriptors close-on-exec instead of closing them now.</summary>
    public const int CloseRangeCloseOnExec = 4;

    /// <summary>execv(3): replaces this process; returns only when it failed. <paramref name="arguments"/> ends in null.</summary>
    [LibraryImport("libc", EntryPoint = "execv", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Execute(string path, string?[] arguments);

    /// <summary>kill(2).</summary>
    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    public static partial int SendSignal(int processId, int signal);

    /// <summary>setsid(2): leaves the terminal's session.</summary>
    [LibraryImport("libc", EntryPoint = "setsid", SetLastError = true)]
    public static partial int StartSession();

    /// <summary>dup2(2).</summary>
    [LibraryImport("libc", EntryPoint = "dup2", SetLastError = true)]
    public static partial int DuplicateTo(int descriptor, int onto);

    /// <summary>close_range(2), glibc 2.34.</summary>
    [LibraryImport("libc", EntryPoint = "close_range", SetLastError = true)]
    public static partial int CloseRange(uint first, uint last, int flags);
}
