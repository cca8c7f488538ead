namespace MimicCxr.Fs.Fuse;

/// <summary>One row of /proc/self/mountinfo.</summary>
/// <param name="Id">Number of the mount.</param>
/// <param name="ParentId">Number of the mount it lies on.</param>
/// <param name="Device">Device number of the file system, MAJOR:MINOR.</param>
/// <param name="MountPoint">Absolute path.</param>
/// <param name="FileSystemType">For example <c>ext4</c> or <c>fuse.mimic-cxr</c>.</param>
/// <param name="Source">What was mounted.</param>
/// <param name="SuperOptions">Options of the file system, separated by commas.</param>
public sealed record MountEntry(
    int Id,
    int ParentId,
    string Device,
    string MountPoint,
    string FileSystemType,
    string Source,
    string SuperOptions);
