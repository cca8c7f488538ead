using MimicCxr.Daemon.Cache;
using MimicCxr.Daemon.Store;

namespace MimicCxr.Daemon.Verify;

/// <summary>The parts of the daemon that a verification works with.</summary>
/// <param name="Store">What is verified.</param>
/// <param name="Spool">Verified too when everything is read.</param>
/// <param name="Cache">Puts right what is wrong.</param>
/// <param name="OnMismatch">Whether a disagreement of the origin that a note tells of is accepted.</param>
internal sealed record VerifyParts(IObjectStore Store, Spool Spool, BlobCache Cache, MismatchPolicy OnMismatch);
