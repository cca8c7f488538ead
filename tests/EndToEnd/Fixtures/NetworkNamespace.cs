using System.ComponentModel;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace MimicCxr.EndToEnd.Fixtures;

/// <summary>
/// A machine's view of the network: nothing but its own loopback, and the doors that a test opens there to servers
/// outside. So programs in it meet at those servers alone.
/// </summary>
internal sealed partial class NetworkNamespace : IAsyncDisposable
{
    /// <summary>CLONE_NEWNET of linux/sched.h.</summary>
    private const int NetworkKind = 0x40000000;

    private readonly string _name;

    private NetworkNamespace(string name) => _name = name;

    /// <summary>What a command line begins with to run in here. The same process goes on as the program that follows.</summary>
    public IReadOnlyList<string> Enter => ["nsenter", $"--net={File}", "--"];

    private string File => $"/run/netns/{_name}";

    /// <summary>Makes one. Skips the test where that is not allowed.</summary>
    public static async Task<NetworkNamespace> CreateAsync()
    {
        Requires.NetworkNamespaces();
        var made = new NetworkNamespace($"e2e-{Guid.NewGuid():n}");
        (await Command.RunAsync("ip", ["netns", "add", made._name])).Succeeded();
        (await Command.RunAsync("ip", ["-n", made._name, "link", "set", "lo", "up"])).Succeeded();
        return made;
    }

    /// <summary>A socket that listens on a free port of the loopback in here, for this process outside.</summary>
    public async Task<Socket> ListenAsync()
    {
        // A socket belongs for ever to the network of the thread that made it, so that thread must be one of its own.
        var listening = new TaskCompletionSource<Socket>(TaskCreationOptions.RunContinuationsAsynchronously);
        var thread = new Thread(() =>
        {
            try
            {
                using var file = System.IO.File.OpenHandle(File);
                if (SetNamespace(file, NetworkKind) != 0)
                {
                    throw new Win32Exception();
                }

                var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
                socket.Listen();
                listening.SetResult(socket);
            }
            catch (Exception error)
            {
                listening.SetException(error);
            }
        });
        thread.Start();
        return await listening.Task;
    }

    public async ValueTask DisposeAsync() => (await Command.RunAsync("ip", ["netns", "del", _name])).Succeeded();

    [LibraryImport("libc", EntryPoint = "setns", SetLastError = true)]
    private static partial int SetNamespace(SafeHandle file, int kind);
}
