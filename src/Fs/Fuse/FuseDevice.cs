using System.Runtime.InteropServices;

namespace MimicCxr.Fs.Fuse;

/// <summary>A descriptor of /dev/fuse that belongs to one mount. Closing the last one ends the session.</summary>
internal sealed class FuseDevice : SafeHandle, IFuseChannel, IBackingRegistry
{
    public const string Path = "/dev/fuse";

    /// <summary>Takes over a descriptor.</summary>
    public FuseDevice(int descriptor)
        : base(-1, ownsHandle: true) => SetHandle(descriptor);

    public override bool IsInvalid => handle == -1;

    /// <summary>The number, for the mount option <c>fd=</c>; valid while this object lives.</summary>
    public int Descriptor => (int)handle;

    /// <summary>Opens the device for a mount to come.</summary>
    public static FuseDevice Open()
    {
        var descriptor = Libc.Open(Path, Libc.ReadWrite | Libc.CloseOnExec);
        var error = Libc.LastError();
        if (descriptor >= 0)
        {
            return new FuseDevice(descriptor);
        }

        throw error is Errno.AccessDenied or Errno.OperationNotPermitted
            ? new FuseMountException(
                FuseMountError.NoPermission,
                $"{Path} may not be opened. In a container, start it with --device /dev/fuse --cap-add SYS_ADMIN.")
            : Missing(error);
    }

    public static FuseMountException Missing(Errno error) => new(
        FuseMountError.NoDevice,
        $"{Path} cannot be opened ({error}). Load the kernel module with 'modprobe fuse'; in a container, start it with --device /dev/fuse.");

    public int Read(Span<byte> buffer)
    {
        var read = Libc.Read(this, buffer, (nuint)buffer.Length);
        return read >= 0 ? (int)read : -(int)Libc.LastError();
    }

    public bool WaitReadable(int milliseconds) => Libc.WaitReadable(this, milliseconds);

    public Errno Send(ReadOnlySpan<byte> message)
    {
        // The kernel takes a message whole or not at all.
        var written = Libc.Write(this, message, (nuint)message.Length);
        return written >= 0 ? Errno.None : Libc.LastError();
    }

    public int OpenBacking(SafeHandle file)
    {
        var result = Libc.OpenBacking(this, file);
        return result > 0 ? result : -(int)Libc.LastError();
    }

    public void CloseBacking(int id) => Libc.CloseBacking(this, id);

    protected override bool ReleaseHandle() => Libc.Close((int)handle) == 0;
}
