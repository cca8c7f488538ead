namespace Grpc.Core;

/// <summary>How a call ended: the numbers of the gRPC protocol (grpc/doc/statuscodes.md).</summary>
public enum StatusCode
{
    /// <summary>The call succeeded.</summary>
    OK = 0,

    /// <summary>The caller gave the call up.</summary>
    Cancelled = 1,

    /// <summary>An error without a better code.</summary>
    Unknown = 2,

    /// <summary>The request itself is wrong, whatever the state of the system.</summary>
    InvalidArgument = 3,

    /// <summary>The deadline passed before the call ended.</summary>
    DeadlineExceeded = 4,

    /// <summary>What was asked for does not exist.</summary>
    NotFound = 5,

    /// <summary>What should be made exists already.</summary>
    AlreadyExists = 6,

    /// <summary>The caller is known and may not do this.</summary>
    PermissionDenied = 7,

    /// <summary>A quota, a limit or the room ran out.</summary>
    ResourceExhausted = 8,

    /// <summary>The system is not in a state that allows this.</summary>
    FailedPrecondition = 9,

    /// <summary>The operation was given up, mostly for a conflict with another.</summary>
    Aborted = 10,

    /// <summary>Past the valid range, such as an offset behind the end of a file.</summary>
    OutOfRange = 11,

    /// <summary>The method is not known or not supported here.</summary>
    Unimplemented = 12,

    /// <summary>Something that should hold is broken.</summary>
    Internal = 13,

    /// <summary>The service cannot be reached now; trying again may help.</summary>
    Unavailable = 14,

    /// <summary>Data are lost or damaged for good.</summary>
    DataLoss = 15,

    /// <summary>The caller did not say who it is, or not in a way that was believed.</summary>
    Unauthenticated = 16,
}
