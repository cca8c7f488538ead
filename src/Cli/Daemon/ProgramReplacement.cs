using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using MimicCxr.Cli.Output;

namespace MimicCxr.Cli.Daemon;

/// <summary>
/// Turns this process into the daemon (exec), so that it keeps the process number, and signals and the exit code
/// pass between the daemon and whoever started this command without anyone in between.
/// </summary>
internal static class ProgramReplacement
{
    /// <summary>
    /// The first argument by which this program is asked to detach itself and become another:
    /// <c>mimic-cxr detached OUTPUT PROGRAM [ARGUMENT ...]</c>. Not a verb for users.
    /// </summary>
    public const string DetachedVerb = "detached";

    /// <summary>Becomes <paramref name="program"/> in the same terminal.</summary>
    /// <exception cref="CliException">The program cannot be run.</exception>
    public static ExitCode Become(string program, IEnumerable<string> arguments)
    {
        _ = Libc.Execute(program, [program, .. arguments, null]);
        var reason = Marshal.GetLastPInvokeErrorMessage();
        throw new CliException(ExitCode.Failed, $"{program} cannot be run: {reason}");
    }

    /// <summary>
    /// Becomes <paramref name="program"/> in a session of its own, with standard output and error in the file
    /// <paramref name="outputPath"/>, nothing on standard input and no other descriptor of the caller.
    /// </summary>
    /// <exception cref="CliException">The program cannot be run.</exception>
    public static ExitCode BecomeDetached(string outputPath, string program, IEnumerable<string> arguments)
    {
        using var nothing = File.OpenHandle("/dev/null");
        using var output = File.OpenHandle(outputPath, FileMode.Append, FileAccess.Write, FileShare.ReadWrite);

        // Fails only for a process that leads a group already, which one started by Process.Start does not.
        _ = Libc.StartSession();
        Redirect(nothing, 0);
        Redirect(output, 1);
        Redirect(output, 2);
        ForgetInheritedDescriptors();
        return Become(program, arguments);
    }

    private static void Redirect(SafeFileHandle handle, int onto)
    {
        if (Libc.DuplicateTo((int)handle.DangerousGetHandle(), onto) < 0)
        {
            throw new CliException(ExitCode.Failed, $"dup2 failed: {Marshal.GetLastPInvokeErrorMessage()}");
        }
    }

    // A descriptor that a caller left open (a lock held by its shell, the other end of a pipe) would otherwise live
    // as long as the daemon. Older C libraries do without.
    private static void ForgetInheritedDescriptors()
    {
        try
        {
            _ = Libc.CloseRange(3, uint.MaxValue, Libc.CloseRangeCloseOnExec);
        }
        catch (EntryPointNotFoundException)
        {
        }
    }
}
