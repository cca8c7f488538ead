namespace MimicCxr.Sandbox.PhysioNet;

/// <summary>What goes wrong with a request.</summary>
public enum FaultKind
{
    /// <summary>Answered with <see cref="Fault.Status"/> instead, before any other rule; with Retry-After if given.</summary>
    Status,

    /// <summary>Answered with 302 to <see cref="Fault.Location"/> followed by the path.</summary>
    Redirect,

    /// <summary>Waits <see cref="Fault.Seconds"/> before answering.</summary>
    Latency,

    /// <summary>The session that the request carries ends before it is looked at.</summary>
    ExpireSession,

    /// <summary>A Range is ignored: the whole file is the answer.</summary>
    IgnoreRange,

    /// <summary>The connection is reset after <see cref="Fault.AfterBytes"/> of the body.</summary>
    Reset,

    /// <summary>The connection is closed in order after <see cref="Fault.AfterBytes"/>, short of Content-Length.</summary>
    ShortBody,

    /// <summary>
    /// Nothing comes after <see cref="Fault.AfterBytes"/> for <see cref="Fault.Seconds"/>, or until released; then the rest.
    /// </summary>
    Stall,

    /// <summary>Right length, wrong bytes: the same wrong ones every time.</summary>
    WrongBytes,

    /// <summary>Right length, wrong bytes: different ones every time.</summary>
    VaryingBytes,

    /// <summary>The connection gets no more than <see cref="Fault.BytesPerSecond"/>.</summary>
    Rate,
}
