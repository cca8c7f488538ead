using System.Net.Sockets;
using System.Runtime.Versioning;
using MimicCxr.Rpc.Hosting;

namespace MimicCxr.Rpc.Tests;

public sealed class UnixSocketTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("socket").FullName;

    private string SocketPath => Path.Combine(_directory, "s");

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public async Task UseUnixSocket_Running_OnlyTheOwnerMayOpenIt()
    {
        await using var server = await EchoServer.StartAsync();

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(server.SocketPath));
    }

    [Fact]
    public async Task UseUnixSocket_Stopped_TheFileIsGone()
    {
        await using var server = await EchoServer.StartAsync();

        await server.StopAsync();

        Assert.False(Path.Exists(server.SocketPath));
    }

    [Fact]
    public void Bind_SocketOfADeadServer_IsReplaced()
    {
        using (var dead = UnixSocketFile.Bind(new UnixDomainSocketEndPoint(SocketPath)))
        {
            // Closing the socket would remove its file; a killed process leaves it, as this copy.
            File.Move(SocketPath, SocketPath + ".left");
        }

        File.Move(SocketPath + ".left", SocketPath);

        using var bound = UnixSocketFile.Bind(new UnixDomainSocketEndPoint(SocketPath));

        Assert.True(bound.IsBound);
    }

    [Fact]
    public void Bind_AnotherServerAnswers_Throws()
    {
        using var first = UnixSocketFile.Bind(new UnixDomainSocketEndPoint(SocketPath));
        first.Listen();

        var error = Assert.Throws<IOException>(() => UnixSocketFile.Bind(new UnixDomainSocketEndPoint(SocketPath)));

        Assert.Contains(SocketPath, error.Message, StringComparison.Ordinal);
        Assert.True(Path.Exists(SocketPath));
    }

    [Fact]
    public void Bind_FileThatIsNoSocket_IsKept()
    {
        File.WriteAllText(SocketPath, "precious");

        Assert.Throws<IOException>(() => UnixSocketFile.Bind(new UnixDomainSocketEndPoint(SocketPath)));

        Assert.Equal("precious", File.ReadAllText(SocketPath));
    }

    [Fact]
    public void CheckLength_PathTooLong_SaysHowLong()
    {
        UnixSocketFile.CheckLength(new string('a', 107));

        var error = Assert.Throws<ArgumentException>(() => UnixSocketFile.CheckLength(new string('a', 108)));

        Assert.Contains("107", error.Message, StringComparison.Ordinal);
    }
}
