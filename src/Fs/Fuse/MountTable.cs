using System.Globalization;
using System.Text;

namespace MimicCxr.Fs.Fuse;

/// <summary>What is mounted in this process's mount namespace (/proc/self/mountinfo, proc(5)).</summary>
public static class MountTable
{
    /// <summary>The default of <see cref="FuseMountOptions.FileSystemName"/>.</summary>
    public const string DefaultFileSystemName = "mimic-cxr";

    private const string Path = "/proc/self/mountinfo";

    /// <summary>All mounts.</summary>
    public static IReadOnlyList<MountEntry> Read() => Parse(File.ReadAllText(Path));

    /// <summary>The mounts of this product, live and stale, of every daemon and user.</summary>
    public static IReadOnlyList<MountEntry> FindOurs(string fileSystemName = DefaultFileSystemName)
    {
        var type = FileSystemType(fileSystemName);
        return [.. Read().Where(entry => entry.FileSystemType == type)];
    }

    /// <summary>The mount that is seen at a path.</summary>
    /// <param name="mountPoint">Absolute path without symbolic links.</param>
    /// <returns>The topmost of those mounted there, or null.</returns>
    public static MountEntry? Find(string mountPoint) => Topmost(Read(), mountPoint);

    /// <summary>
    /// Whether the mount at a path is dead: it stands in the table, and statfs gives ENOTCONN because the process
    /// that served it is gone. (stat may still succeed, from what the kernel has cached.)
    /// </summary>
    /// <param name="mountPoint">Absolute path without symbolic links.</param>
    public static bool IsStale(string mountPoint) =>
        Find(mountPoint) is not null && Libc.StatFs(mountPoint) == Errno.NotConnected;

    internal static string FileSystemType(string fileSystemName) => "fuse." + fileSystemName;

    internal static MountEntry? Topmost(IReadOnlyList<MountEntry> entries, string mountPoint)
    {
        // Of several mounts on one path, each lies on the one before.
        var here = entries.Where(entry => entry.MountPoint == mountPoint).ToList();
        return here.Find(entry => !here.Exists(other => other.ParentId == entry.Id && other.Id != entry.Id));
    }

    internal static IReadOnlyList<MountEntry> Parse(string mountInfo)
    {
        var entries = new List<MountEntry>();
        foreach (var line in mountInfo.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            // 36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue
            var fields = line.Split(' ');
            var separator = Array.IndexOf(fields, "-");
            if (separator < 6
                || fields.Length < separator + 4
                || !int.TryParse(fields[0], NumberStyles.None, CultureInfo.InvariantCulture, out var id)
                || !int.TryParse(fields[1], NumberStyles.None, CultureInfo.InvariantCulture, out var parent))
            {
                continue;
            }

            entries.Add(new MountEntry(
                id,
                parent,
                fields[2],
                Unescape(fields[4]),
                fields[separator + 1],
                Unescape(fields[separator + 2]),
                fields[separator + 3]));
        }

        return entries;
    }

    /// <summary>Blank, tab, newline and backslash are written as a backslash and three octal digits.</summary>
    private static string Unescape(string field)
    {
        if (!field.Contains('\\', StringComparison.Ordinal))
        {
            return field;
        }

        var text = new StringBuilder(field.Length);
        for (var i = 0; i < field.Length; i++)
        {
            if (field[i] == '\\' && i + 3 < field.Length && field.AsSpan(i + 1, 3).IndexOfAnyExceptInRange('0', '7') < 0)
            {
                text.Append((char)(((field[i + 1] - '0') * 64) + ((field[i + 2] - '0') * 8) + (field[i + 3] - '0')));
                i += 3;
            }
            else
            {
                text.Append(field[i]);
            }
        }

        return text.ToString();
    }
}
