namespace MimicCxr.Fs.Fuse.Wire;

/// <summary>enum fuse_notify_code of linux/fuse.h: what a header with unique 0 says in its error field.</summary>
internal enum FuseNotification
{
    InvalidateInode = 2,
    InvalidateEntry = 3,
}
