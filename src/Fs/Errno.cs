namespace MimicCxr.Fs;

/// <summary>Error numbers of Linux (asm-generic/errno-base.h, errno.h) that a tree or the session answers with.</summary>
public enum Errno
{
    /// <summary>No error.</summary>
    None = 0,

    /// <summary>EPERM: operation not permitted.</summary>
    OperationNotPermitted = 1,

    /// <summary>ENOENT: no such file or directory.</summary>
    NoEntry = 2,

    /// <summary>EINTR: interrupted.</summary>
    Interrupted = 4,

    /// <summary>EIO: the bytes could not be had, or were damaged.</summary>
    InputOutput = 5,

    /// <summary>EAGAIN: try again.</summary>
    TryAgain = 11,

    /// <summary>ENOMEM: out of memory.</summary>
    OutOfMemory = 12,

    /// <summary>EACCES: not signed in, or no permission at the origin.</summary>
    AccessDenied = 13,

    /// <summary>EBUSY: in use.</summary>
    Busy = 16,

    /// <summary>ENODEV: the session is over.</summary>
    NoDevice = 19,

    /// <summary>ENOTDIR: not a directory.</summary>
    NotDirectory = 20,

    /// <summary>EISDIR: a directory where a file was wanted.</summary>
    IsDirectory = 21,

    /// <summary>EINVAL: invalid argument.</summary>
    InvalidArgument = 22,

    /// <summary>ENFILE: too many open files in the system.</summary>
    TooManyFilesInSystem = 23,

    /// <summary>EMFILE: too many open files in this process.</summary>
    TooManyFiles = 24,

    /// <summary>ENOSPC: the spool has no room.</summary>
    NoSpace = 28,

    /// <summary>EROFS: the tree cannot be written.</summary>
    ReadOnlyFileSystem = 30,

    /// <summary>ENOSYS: not implemented; for several operations the kernel then never asks again.</summary>
    NotImplemented = 38,

    /// <summary>ELOOP: for a backing file, on a file system that is stacked too deep.</summary>
    TooManyLinks = 40,

    /// <summary>ENODATA: no such extended attribute.</summary>
    NoData = 61,

    /// <summary>EOPNOTSUPP: not supported.</summary>
    NotSupported = 95,

    /// <summary>ECONNABORTED: the session ended while the request waited.</summary>
    ConnectionAborted = 103,

    /// <summary>ENOTCONN: the daemon of this mount is gone.</summary>
    NotConnected = 107,

    /// <summary>ETIMEDOUT: timed out.</summary>
    TimedOut = 110,
}
