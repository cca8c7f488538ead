using System.Globalization;

namespace MimicCxr.Fs.Fuse;

/// <summary>What this process may do and use, from /proc and /sys.</summary>
/// <param name="ProcDirectory">Where proc(5) is mounted.</param>
/// <param name="CgroupDirectory">Where the control groups are mounted (cgroups(7)).</param>
internal sealed record HostResources(string ProcDirectory = "/proc", string CgroupDirectory = "/sys/fs/cgroup")
{
    private const int SysAdmin = 21; // CAP_SYS_ADMIN, linux/capability.h
    private const long BytesInKiB = 1024;

    /// <summary>Whether the process has CAP_SYS_ADMIN, if only in its own user namespace.</summary>
    public bool HasSysAdmin()
    {
        var capabilities = FindValue($"{ProcDirectory}/self/status", "CapEff:");
        return ulong.TryParse(capabilities, NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var bits)
            && (bits & (1UL << SysAdmin)) != 0;
    }

    /// <summary>
    /// Bytes that the kernel could give to pages: what is free or can be freed in the machine, or the limit of the
    /// process's control group (or of one above it) where that is less. Null when neither can be read.
    /// </summary>
    public long? AvailableMemory()
    {
        long? least = null;
        if (long.TryParse(FindValue($"{ProcDirectory}/meminfo", "MemAvailable:")?.Split(' ')[0], NumberStyles.None, CultureInfo.InvariantCulture, out var kiB))
        {
            least = kiB * BytesInKiB;
        }

        foreach (var line in ReadLines($"{ProcDirectory}/self/cgroup"))
        {
            // 0::/group (version 2), or 4:memory:/group
            var fields = line.Split(':', 3);
            if (fields.Length == 3 && fields[0] == "0" && fields[1].Length == 0)
            {
                least = Least(least, CgroupDirectory, fields[2], "memory.max");
            }
            else if (fields.Length == 3 && fields[1].Split(',').Contains("memory"))
            {
                least = Least(least, $"{CgroupDirectory}/memory", fields[2], "memory.limit_in_bytes");
            }
        }

        return least;
    }

    private static long? Least(long? least, string root, string group, string file)
    {
        // A container may see its group as the root; then the path of the host leads nowhere until it is "/".
        for (var path = group.TrimEnd('/'); ; path = path[..path.LastIndexOf('/')])
        {
            var limit = ReadLines($"{root}{path}/{file}").FirstOrDefault();
            if (long.TryParse(limit, NumberStyles.None, CultureInfo.InvariantCulture, out var bytes) && !(bytes >= least))
            {
                least = bytes;
            }

            if (!path.Contains('/', StringComparison.Ordinal))
            {
                return least;
            }
        }
    }

    private static string? FindValue(string path, string name) => ReadLines(path)
        .FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal))?[name.Length..].Trim();

    private static string[] ReadLines(string path)
    {
        try
        {
            return File.ReadAllLines(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
