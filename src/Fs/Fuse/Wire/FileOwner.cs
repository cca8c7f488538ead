namespace MimicCxr.Fs.Fuse.Wire;

/// <summary>Who owns every node of a mount: the user that runs the daemon.</summary>
/// <param name="UserId">st_uid.</param>
/// <param name="GroupId">st_gid.</param>
internal readonly record struct FileOwner(uint UserId, uint GroupId);
