using Microsoft.Extensions.Logging.Abstractions;
using MimicCxr.Fs.Fuse;

namespace MimicCxr.Bench.Fs;

/// <summary>Mounts the tree until standard input ends, then prints what the mount has done.</summary>
internal static class Host
{
    public static async Task<int> RunAsync(string mountPoint, string pool, string[] arguments)
    {
        var options = new FuseMountOptions
        {
            ReadMode = arguments.Length > 0 ? Enum.Parse<ReadMode>(arguments[0], ignoreCase: true) : ReadMode.PageCache,
            DeviceThreads = arguments.Length > 1 ? int.Parse(arguments[1]) : 2,
            FollowsSerialCallers = arguments.Length <= 2 || bool.Parse(arguments[2]),
        };
        await using var mount = await FuseMount.MountAsync(mountPoint, new ArrayTree(pool), options, NullLogger.Instance, CancellationToken.None);
        Console.WriteLine($"ready {mount.ReadMode}");
        var allocated = GC.GetTotalAllocatedBytes(precise: true);
        await Console.In.ReadToEndAsync();
        Console.WriteLine($"{mount.Counters.Requests} requests, {mount.Counters.Reads} READs of {mount.Counters.BytesRead} bytes, {mount.Counters.SerialPhases} serial phases, {GC.GetTotalAllocatedBytes(precise: true) - allocated} bytes allocated");
        return 0;
    }
}
