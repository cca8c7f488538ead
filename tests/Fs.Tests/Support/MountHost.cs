using Microsoft.Extensions.Logging.Abstractions;
using MimicCxr.Fs.Fuse;

namespace MimicCxr.Fs.Tests.Support;

/// <summary>
/// A daemon in a process of its own, to be killed or run as another user: mounts a sample tree, prints "ready" and
/// the read mode with its reason, unmounts when its standard input ends and prints "done".
/// </summary>
internal static class MountHost
{
    public const string Argument = "--mount-host";

    /// <summary>The program's own file, also when the tests run in another host.</summary>
    public static string Program => Path.Combine(AppContext.BaseDirectory, "MimicCxr.Fs.Tests");

    public static async Task<int> RunAsync(string mountPoint, ReadMode mode)
    {
        try
        {
            await using var mount = await FuseMount.MountAsync(
                mountPoint,
                SampleTree.WithOneOfEach(),
                new FuseMountOptions { ReadMode = mode },
                NullLogger.Instance,
                CancellationToken.None);
            Console.WriteLine("ready");
            Console.WriteLine($"{mount.ReadMode}: {mount.ReadModeReason}");
            await Console.In.ReadToEndAsync();
            await mount.UnmountAsync(TimeSpan.FromSeconds(30), CancellationToken.None);
            Console.WriteLine("done");
            return 0;
        }
        catch (FuseMountException exception)
        {
            Console.WriteLine($"{exception.Reason}: {exception.Message}");
            return 1;
        }
    }
}
