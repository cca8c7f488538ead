using System.Diagnostics;
using System.Security.Cryptography;
using MimicCxr.Fs.Fuse;
using MimicCxr.Fs.Tests.Support;

namespace MimicCxr.Fs.Tests.Mounts;

/// <summary>Readers that wait for a slow origin: they hold up nobody, and can be ended.</summary>
public sealed class WaitingTests
{
    [Fact]
    public async Task Read_BytesArriveLater_IsRight()
    {
        var tree = new SampleTree();
        var file = tree.AddFile(tree.Root, "slow", SampleTree.Bytes(3_000_000, 3));
        var gate = file.HoldBytes();
        await using var mounted = await MountedTree.CreateAsync(tree);
        var reading = Run.OkAsync("sha256sum", mounted.At("slow"));
        await tree.WaitForWaitsAsync(1);
        Assert.False(reading.IsCompleted);
        gate.SetResult();
        Assert.StartsWith(Convert.ToHexStringLower(SHA256.HashData(file.Content)), await reading, StringComparison.Ordinal);
        Assert.Equal(0, mounted.Mount.Counters.ParkedNow);
    }

    [Fact]
    public async Task Others_While64ReadersWait_AreServed()
    {
        const int Readers = 64;
        var tree = new SampleTree();
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        for (var i = 0; i < Readers; i++)
        {
            tree.AddFile(tree.Root, "slow" + i, "slow"u8.ToArray()).BytesGate = gate.Task;
        }

        var folder = tree.AddDirectory(tree.Root, "folder");
        for (var i = 0; i < 1000; i++)
        {
            tree.AddFile(folder, "fast" + i, "fast"u8.ToArray());
        }

        await using var mounted = await MountedTree.CreateAsync(tree);
        var readers = Enumerable.Range(0, Readers).Select(i => Run.OkAsync("cat", mounted.At("slow" + i))).ToArray();
        await tree.WaitForWaitsAsync(Readers);

        // New names, new bytes and cached bytes, by others, all while every slow reader waits.
        for (var pass = 0; pass < 2; pass++)
        {
            var listed = await Run.OkAsync("sh", "-c", "ls -l \"$1\" | wc -l; cat \"$1\"/* | wc -c", "sh", mounted.At("folder"));
            Assert.Equal("1001\n4000\n", listed);
        }

        Assert.Equal(Readers, mounted.Mount.Counters.ParkedNow);
        Assert.All(readers, reader => Assert.False(reader.IsCompleted));
        gate.SetResult();
        Assert.All(await Task.WhenAll(readers), output => Assert.Equal("slow", output));
    }

    [Theory]
    [InlineData("INT", false)]
    [InlineData("KILL", false)]
    [InlineData("INT", true)]
    [InlineData("KILL", true)]
    public async Task Signal_ToAWaitingReader_EndsItWhileTheFileIsPending(string signal, bool forItsSize)
    {
        var tree = new SampleTree();
        var file = tree.AddFile(tree.Root, "slow", "bytes"u8.ToArray());
        var gate = forItsSize ? file.HoldSize() : file.HoldBytes();
        await using var mounted = await MountedTree.CreateAsync(tree);

        // Tests that run in the background inherit an ignored SIGINT; a terminal's programs do not.
        using var cat = Run.Start("env", "--default-signal=INT", "cat", mounted.At("slow"));
        await tree.WaitForWaitsAsync(1);
        await Run.OkAsync("kill", "-s", signal, cat.Id.ToString());
        var (exitCode, output, _) = await Run.EndAsync(cat);
        Assert.Equal((128 + (signal == "INT" ? 2 : 9), string.Empty), (exitCode, output));
        Assert.False(gate.Task.IsCompleted);

        gate.SetResult();
        Assert.Equal("bytes", await Run.OkAsync("cat", mounted.At("slow")));
    }

    /// <summary>Bash handles these, as runtimes do that send them to themselves: none of them means the stat(2) under way.</summary>
    [Theory]
    [InlineData("CHLD")]
    [InlineData("WINCH")]
    [InlineData("USR1")]
    [InlineData("RTMIN")]
    public async Task Signal_HandledInPassing_TheWaitGoesOn(string signal)
    {
        var tree = new SampleTree();
        var gate = tree.AddFile(tree.Root, "slow", "bytes"u8.ToArray()).HoldSize();
        await using var mounted = await MountedTree.CreateAsync(tree);
        using var caller = StartCaller(signal, mounted.At("slow"));
        await tree.WaitForWaitsAsync(1);

        await SignalAsync(caller, signal, mounted);

        Assert.Equal(1, mounted.Mount.Counters.ParkedNow);
        gate.SetResult();
        Assert.Equal((0, "there\n", ""), await Run.EndAsync(caller));
    }

    [Theory]
    [InlineData("KILL", 9)]
    [InlineData("TERM", 15)]
    public async Task Signal_AfterOneHandledInPassing_EndsTheWait(string signal, int number)
    {
        var tree = new SampleTree();
        var gate = tree.AddFile(tree.Root, "slow", "bytes"u8.ToArray()).HoldSize();
        await using var mounted = await MountedTree.CreateAsync(tree);
        using var caller = StartCaller("USR1", mounted.At("slow"));
        await tree.WaitForWaitsAsync(1);
        await SignalAsync(caller, "USR1", mounted);

        await Run.OkAsync("kill", "-s", signal, caller.Id.ToString());

        Assert.Equal(128 + number, (await Run.EndAsync(caller)).ExitCode);
        Assert.False(gate.Task.IsCompleted);
    }

    [Fact]
    public async Task Read_LongerThanTheLimit_IsIoError()
    {
        var tree = new SampleTree();
        tree.AddFile(tree.Root, "slow", "bytes"u8.ToArray()).HoldBytes();
        await using var mounted = await MountedTree.CreateAsync(
            tree,
            new FuseMountOptions { ParkedReadLimit = TimeSpan.FromMilliseconds(50) });
        var (exitCode, _, errors) = await Run.Async("cat", mounted.At("slow"));
        Assert.Equal(1, exitCode);
        Assert.Contains("Input/output error", errors, StringComparison.Ordinal);
        Assert.NotEqual(0, mounted.Mount.Counters.ParkedTimedOut);
    }

    [Fact]
    public async Task Dispose_WhileReadersWait_EndsThem()
    {
        var tree = new SampleTree();
        var file = tree.AddFile(tree.Root, "slow", "bytes"u8.ToArray());
        file.HoldBytes();
        tree.AddFile(tree.Root, "unsized", "bytes"u8.ToArray()).HoldSize();
        Process[] readers;
        await using (var mounted = await MountedTree.CreateAsync(tree))
        {
            readers = [Run.Start("cat", mounted.At("slow")), Run.Start("cat", mounted.At("unsized"))];
            await tree.WaitForWaitsAsync(2);
        }

        foreach (var reader in readers)
        {
            Assert.Equal(1, (await Run.EndAsync(reader)).ExitCode);
            reader.Dispose();
        }

        await file.Cancelled.Task;
    }

    /// <summary>A program with a handler for a signal, in a stat(2) that waits.</summary>
    private static Process StartCaller(string handled, string path) =>
        Run.Start("bash", "-c", "trap : \"$1\"; [[ -s $2 ]] && echo there", "bash", handled, path);

    /// <summary>Sends a signal; the kernel has told the daemon of it on return.</summary>
    private static async Task SignalAsync(Process caller, string signal, MountedTree mounted)
    {
        await Run.OkAsync("bash", "-c", "kill -s \"$1\" \"$2\"", "bash", signal, caller.Id.ToString());
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        while (mounted.Mount.Counters.Interrupts == 0)
        {
            await timer.WaitForNextTickAsync(TestContext.Current.CancellationToken);
        }
    }
}
