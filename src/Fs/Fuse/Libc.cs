using System.Runtime.InteropServices;
using MimicCxr.Fs.Fuse.Wire;

namespace MimicCxr.Fs.Fuse;

/// <summary>The calls to the system's C library, all of them. Numbers are those of Linux on x86-64 and arm64.</summary>
internal static unsafe partial class Libc
{
    // fcntl.h
    public const int ReadWrite = 0x2;
    public const int CloseOnExec = 0x80000;
    public const int PathOnly = 0x200000;

    // sys/mount.h
    public const ulong MountReadOnly = 0x1;
    public const ulong MountNoSetUid = 0x2;
    public const ulong MountNoDevices = 0x4;
    public const ulong MountNoAccessTime = 0x400;
    public const int UnmountForce = 0x1;
    public const int UnmountDetach = 0x2;
    public const int UnmountNoFollow = 0x8;

    // sys/socket.h
    private const int UnixDomain = 1;
    private const int StreamSocket = 1;
    private const int SocketLevel = 1;
    private const int RightsMessage = 1;
    private const int DoNotWait = 0x40;
    private const int ReceiveCloseOnExec = 0x40000000;
    private const int SetDescriptorFlags = 2;
    private const int DescriptorCloseOnExec = 1;

    // poll.h, sched.h
    private const short PollIn = 0x1;
    private const int IdlePolicy = 5;
    private const int AffinityWords = 128; // 8,192 processors, the most a kernel is built for

    // sys/mman.h
    private const uint MemoryFileCloseOnExec = 0x1;

    // Room for struct statfs (120 bytes), of which only the error is wanted.
    private const int StatFsBytes = 512;

    /// <summary>errno of the call just before.</summary>
    public static Errno LastError() => (Errno)Marshal.GetLastPInvokeError();

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "close")]
    public static partial int Close(int descriptor);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    public static partial nint Read(FuseDevice device, Span<byte> buffer, nuint count);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    public static partial nint Write(FuseDevice device, ReadOnlySpan<byte> buffer, nuint count);

    /// <summary>Waits for something to read, or an error.</summary>
    public static bool WaitReadable(FuseDevice device, int milliseconds)
    {
        var question = new PollDescriptor { Descriptor = device.Descriptor, Events = PollIn };
        return Poll(&question, 1, milliseconds) > 0;
    }

    /// <summary>Makes the calling thread run only when its processor has nothing else to do (SCHED_IDLE, sched(7)).</summary>
    public static bool YieldToOthers()
    {
        var priority = 0;
        return SetScheduler(0, IdlePolicy, &priority) == 0;
    }

    /// <summary>The processors that the calling thread may use; null when there are too many for a mask of this size.</summary>
    public static ulong[]? GetAffinity()
    {
        var mask = new ulong[AffinityWords];
        fixed (ulong* words = mask)
        {
            return GetAffinity(0, AffinityWords * sizeof(ulong), words) == 0 ? mask : null;
        }
    }

    /// <summary>Sets the processors that the calling thread may use.</summary>
    public static bool SetAffinity(ReadOnlySpan<ulong> mask)
    {
        fixed (ulong* words = mask)
        {
            return SetAffinity(0, (nuint)(mask.Length * sizeof(ulong)), words) == 0;
        }
    }

    /// <summary>Binds the calling thread to one processor.</summary>
    public static bool SetAffinity(int processor)
    {
        Span<ulong> mask = stackalloc ulong[AffinityWords];
        mask.Clear();
        if ((uint)processor >= AffinityWords * 64)
        {
            return false;
        }

        mask[processor / 64] = 1UL << (processor % 64);
        return SetAffinity(mask);
    }

    /// <summary>Registers a backing file.</summary>
    /// <returns>Its id, or -1.</returns>
    public static int OpenBacking(FuseDevice device, SafeHandle file)
    {
        var isHeld = false;
        try
        {
            file.DangerousAddRef(ref isHeld);
            var map = new FuseBackingMap { Descriptor = (int)file.DangerousGetHandle() };
            return Control(device, FuseProtocol.BackingOpen, &map);
        }
        finally
        {
            if (isHeld)
            {
                file.DangerousRelease();
            }
        }
    }

    /// <summary>Takes a backing id back.</summary>
    public static void CloseBacking(FuseDevice device, int id) => _ = Control(device, FuseProtocol.BackingClose, &id);

    /// <summary>A file in memory without a name, closed on exec.</summary>
    /// <returns>The descriptor, or -1.</returns>
    public static int MemoryFile() => CreateMemoryFile("mimic-cxr", MemoryFileCloseOnExec);

    [LibraryImport("libc", EntryPoint = "geteuid")]
    public static partial uint EffectiveUserId();

    [LibraryImport("libc", EntryPoint = "getegid")]
    public static partial uint EffectiveGroupId();

    [LibraryImport("libc", EntryPoint = "mount", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Mount(string source, string target, string type, ulong flags, string data);

    [LibraryImport("libc", EntryPoint = "umount2", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Unmount(string target, int flags);

    /// <summary>Asks a file system for its statistics and returns only whether it could answer.</summary>
    public static Errno StatFs(string path)
    {
        var unused = stackalloc byte[StatFsBytes];
        return StatFs(path, unused) == 0 ? Errno.None : LastError();
    }

    /// <summary>A pair of connected sockets. The first is closed on exec, a child inherits the second.</summary>
    public static (int Ours, int Childs) SocketPair()
    {
        var pair = stackalloc int[2];
        if (SocketPair(UnixDomain, StreamSocket, 0, pair) != 0)
        {
            throw new FuseMountException(FuseMountError.Failed, $"socketpair failed ({LastError()}).");
        }

        _ = Fcntl(pair[0], SetDescriptorFlags, DescriptorCloseOnExec);
        return (pair[0], pair[1]);
    }

    /// <summary>Takes a descriptor that was sent through a socket (SCM_RIGHTS), without waiting for it.</summary>
    /// <returns>The descriptor, closed on exec, or -1 when none was sent.</returns>
    public static int ReceiveDescriptor(int socket)
    {
        byte data = 0;
        var part = new IoVector { Base = &data, Length = 1 };
        var control = default(RightsControl);
        var message = new Message
        {
            Parts = &part,
            PartCount = 1,
            Control = &control,
            ControlLength = (nuint)sizeof(RightsControl),
        };
        if (ReceiveMessage(socket, &message, DoNotWait | ReceiveCloseOnExec) < 0)
        {
            return -1;
        }

        return control.Level == SocketLevel && control.Type == RightsMessage ? control.Descriptor : -1;
    }

    [LibraryImport("libc", EntryPoint = "poll")]
    private static partial int Poll(PollDescriptor* descriptors, nuint count, int milliseconds);

    [LibraryImport("libc", EntryPoint = "sched_setscheduler")]
    private static partial int SetScheduler(int thread, int policy, int* priority);

    [LibraryImport("libc", EntryPoint = "sched_getaffinity")]
    private static partial int GetAffinity(int thread, nuint size, ulong* mask);

    [LibraryImport("libc", EntryPoint = "sched_setaffinity")]
    private static partial int SetAffinity(int thread, nuint size, ulong* mask);

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    private static partial int Control(FuseDevice device, nuint request, void* argument);

    [LibraryImport("libc", EntryPoint = "memfd_create", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int CreateMemoryFile(string name, uint flags);

    [LibraryImport("libc", EntryPoint = "statfs", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int StatFs(string path, byte* buffer);

    [LibraryImport("libc", EntryPoint = "socketpair", SetLastError = true)]
    private static partial int SocketPair(int domain, int type, int protocol, int* pair);

    [LibraryImport("libc", EntryPoint = "fcntl")]
    private static partial int Fcntl(int descriptor, int command, int argument);

    [LibraryImport("libc", EntryPoint = "recvmsg", SetLastError = true)]
    private static partial nint ReceiveMessage(int socket, Message* message, int flags);

    /// <summary>struct pollfd.</summary>
    private struct PollDescriptor
    {
        public int Descriptor;
        public short Events;
        public short Returned;
    }

    /// <summary>struct iovec.</summary>
    private struct IoVector
    {
        public byte* Base;
        public nuint Length;
    }

    /// <summary>struct msghdr; the gaps after 32-bit fields are the alignment of 64-bit systems.</summary>
    private struct Message
    {
        public void* Name;
        public uint NameLength;
        public IoVector* Parts;
        public nuint PartCount;
        public RightsControl* Control;
        public nuint ControlLength;
        public int Flags;
    }

    /// <summary>struct cmsghdr with one descriptor, padded as CMSG_SPACE does.</summary>
    [StructLayout(LayoutKind.Sequential, Size = 24)]
    private struct RightsControl
    {
        public nuint Length;
        public int Level;
        public int Type;
        public int Descriptor;
    }
}
