using MimicCxr.Daemon.Catalog;

namespace MimicCxr.Daemon.Prefetch;

/// <summary>
/// Reads paths as users have them: relative to the data set's root, or with what tools put before that: "./", the data set's
/// name, its address at PhysioNet, or the mount point.
/// </summary>
/// <param name="dataSet">The data set that is meant.</param>
/// <param name="mounts">Where which data set (SLUG/VERSION) is mounted.</param>
internal sealed class PathSpelling(DataSetId dataSet, IReadOnlyCollection<(string MountPoint, string DataSet)> mounts)
{
    private readonly string _name = dataSet.ToString();

    /// <summary>The path relative to the root, without '/' at its ends.</summary>
    /// <exception cref="ArgumentException">It lies in another data set.</exception>
    public string Relative(string path)
    {
        foreach (var (mountPoint, mounted) in mounts)
        {
            if (Below(path, mountPoint) is { } inMount)
            {
                return mounted == _name ? inMount : throw Elsewhere(path, mounted);
            }
        }

        path = Trim(WithoutHost(path));
        foreach (var name in DataSetDefinition.Names)
        {
            if (Below(path, name) is { } inDataSet)
            {
                return name == _name ? inDataSet : throw Elsewhere(path, name);
            }
        }

        return path;
    }

    /// <summary>https://physionet.org/files/SLUG/VERSION/... from SLUG on.</summary>
    private static string WithoutHost(string path) =>
        path.StartsWith("http", StringComparison.Ordinal) && path.Split("://", 2) is [_, var rest] && rest.Split("/files/", 2) is [_, var below] ? below : path;

    private static string? Below(string path, string folder) =>
        path.StartsWith(folder, StringComparison.Ordinal) && (path.Length == folder.Length || path[folder.Length] == '/') ? Trim(path[folder.Length..]) : null;

    private static string Trim(string path)
    {
        path = path.Trim('/');
        while (path.StartsWith("./", StringComparison.Ordinal))
        {
            path = path[2..].TrimStart('/');
        }

        return path == "." ? "" : path;
    }

    private ArgumentException Elsewhere(string path, string other) =>
        new($"'{path}' is in {other}, and {_name} is meant. Say --dataset {other}.");
}
