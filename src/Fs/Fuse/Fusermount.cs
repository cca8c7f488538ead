using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace MimicCxr.Fs.Fuse;

/// <summary>
/// fusermount3, the setuid program of package fuse3 that mounts for ordinary users. It opens /dev/fuse, mounts it
/// and sends the descriptor back through the socket whose number stands in _FUSE_COMMFD.
/// </summary>
internal static class Fusermount
{
    private const string Program = "fusermount3";
    private const string SocketVariable = "_FUSE_COMMFD";

    /// <summary>Mounts as an ordinary user.</summary>
    /// <exception cref="FuseMountException">fusermount3 is missing or refused.</exception>
    public static async Task<FuseDevice> MountAsync(string mountPoint, FuseMountOptions options)
    {
        if (!File.Exists(FuseDevice.Path))
        {
            throw FuseDevice.Missing(Errno.NoEntry);
        }

        // fusermount3 adds nosuid and nodev by itself.
        var mountOptions = $"ro,noatime,default_permissions,fsname={options.FileSystemName},subtype={options.FileSystemName}"
            + (options.AllowOther ? ",allow_other" : string.Empty);
        var (ours, childs) = Libc.SocketPair();
        try
        {
            var (exitCode, errors) = await RunAsync(childs, "-o", mountOptions, "--", mountPoint).ConfigureAwait(false);
            if (exitCode != 0)
            {
                throw new FuseMountException(
                    FuseMountError.NoPermission,
                    $"{Program} did not mount {mountPoint}: {errors}");
            }

            // It has sent the descriptor before it ended.
            var descriptor = Libc.ReceiveDescriptor(ours);
            return descriptor >= 0
                ? new FuseDevice(descriptor)
                : throw new FuseMountException(FuseMountError.Failed, $"{Program} mounted {mountPoint} but sent no descriptor.");
        }
        finally
        {
            _ = Libc.Close(ours);
            _ = Libc.Close(childs);
        }
    }

    /// <summary>Unmounts, lazily when it is in use.</summary>
    /// <exception cref="FuseMountException">fusermount3 is missing or refused.</exception>
    public static async Task UnmountAsync(string mountPoint)
    {
        var (exitCode, _) = await RunAsync(socket: null, "-u", "--", mountPoint).ConfigureAwait(false);
        if (exitCode == 0)
        {
            return;
        }

        (exitCode, var errors) = await RunAsync(socket: null, "-u", "-z", "--", mountPoint).ConfigureAwait(false);
        if (exitCode != 0)
        {
            throw new FuseMountException(FuseMountError.Failed, $"{Program} did not unmount {mountPoint}: {errors}");
        }
    }

    // Not to be cancelled: it takes milliseconds, and given up half-way nobody would know whether it had mounted.
    private static async Task<(int ExitCode, string Errors)> RunAsync(int? socket, params string[] arguments)
    {
        var start = new ProcessStartInfo(Program, arguments) { RedirectStandardError = true };
        if (socket is { } number)
        {
            start.Environment[SocketVariable] = number.ToString(CultureInfo.InvariantCulture);
        }

        using var process = Start(start);
        var errors = await process.StandardError.ReadToEndAsync().ConfigureAwait(false);
        await process.WaitForExitAsync().ConfigureAwait(false);
        return (process.ExitCode, errors.Trim());
    }

    private static Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception exception)
        {
            throw new FuseMountException(
                FuseMountError.FusermountMissing,
                $"{Program} is needed to mount as an ordinary user and cannot be started. Install it with 'apt-get install fuse3', or run as root.",
                exception);
        }
    }
}
