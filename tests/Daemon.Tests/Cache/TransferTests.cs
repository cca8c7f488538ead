using System.Security.Cryptography;
using Microsoft.Extensions.Logging.Abstractions;
using MimicCxr.Daemon.Cache;
using MimicCxr.Daemon.Tests.Support;

namespace MimicCxr.Daemon.Tests.Cache;

public sealed class TransferTests : IDisposable
{
    private const int Length = 500_000;
    private const int LastBlock = 128 * 1024;

    private static readonly SpoolKey Key = new(0, 42);
    private static readonly byte[] Content = CacheHarness.Bytes(Length);

    private readonly TemporaryFolder _folder = new();
    private readonly Spool _spool;
    private readonly Transfer _transfer;
    private readonly List<long> _learnt = [];

    public TransferTests()
    {
        _spool = new Spool(_folder["spool"], 16 << 20, new CacheCounters(), TimeProvider.System, NullLogger.Instance);
        _transfer = new Transfer(Key, _spool, _learnt.Add);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _spool.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Write_PartArrived_IsReadableAndTheRestIsNot()
    {
        await BeginAsync();
        _transfer.WritePortions(0, Content.AsSpan(0, 200_000));

        Assert.Equal(Content[..1000], Read(0, 1000));
        Assert.Equal(Content[199_000..200_000], Read(199_000, 1000));
        Assert.Null(Read(199_000, 1001));
        Assert.Equal([Length], _learnt);
        Assert.Equal(Length, await _transfer.Length);
    }

    [Fact]
    public async Task Write_AllArrived_HoldsTheLastBlockBackUntilComplete()
    {
        await BeginAsync();
        _transfer.WritePortions(0, Content);
        var waiting = _transfer.WaitAsync(Length - LastBlock, 1, Token);

        Assert.Equal(Content[..(Length - LastBlock)], Read(0, Length - LastBlock));
        Assert.Null(Read(Length - LastBlock, 1));
        Assert.False(waiting.IsCompleted);
        var file = _transfer.Commit();
        Assert.False(waiting.IsCompleted);
        _transfer.Complete();

        await waiting;
        file.Close();
    }

    [Fact]
    public async Task Write_SmallerThanABlock_ReleasesNothingBeforeComplete()
    {
        await _transfer.BeginAsync(1000, Token);
        _transfer.Write(0, Content.AsSpan(0, 1000));

        Assert.Null(Read(0, 1));
    }

    [Fact]
    public async Task Wait_BytesArrive_WakesWhoHasThem()
    {
        await BeginAsync();
        var near = _transfer.WaitAsync(0, 60_000, Token);
        var far = _transfer.WaitAsync(300_000, 10, Token);

        _transfer.WritePortions(0, Content.AsSpan(0, 100_000));

        await near;
        Assert.False(far.IsCompleted);
        _transfer.WritePortions(100_000, Content.AsSpan(100_000, 260_000));
        await far;
    }

    [Fact]
    public async Task Wait_Cancelled_LeavesTheOthersWaiting()
    {
        await BeginAsync();
        using var cancel = new CancellationTokenSource();
        var leaving = _transfer.WaitAsync(0, 100, cancel.Token);
        var staying = _transfer.WaitAsync(0, 100, Token);

        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => leaving);
        Assert.False(staying.IsCompleted);
        _transfer.WritePortions(0, Content);

        await staying;
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Write_InAnyOrderFromManyThreads_ReleasesOnlyWhatIsWhole(int seed)
    {
        const int Portion = 7_000;
        await BeginAsync();
        var random = new Random(seed);
        var portions = Enumerable.Range(0, (Length / Portion) + 1).OrderBy(_ => random.Next()).ToList();
        var reader = ReadInOrderAsync(Length - LastBlock);

        await Parallel.ForEachAsync(portions, new ParallelOptions { MaxDegreeOfParallelism = 4, CancellationToken = Token }, (portion, _) =>
        {
            var start = portion * Portion;
            _transfer.Write(start, Content.AsSpan(start, Math.Min(Portion, Length - start)));
            return ValueTask.CompletedTask;
        });

        Assert.Equal(Content[..(Length - LastBlock)], await reader);
        Assert.Equal(SHA256.HashData(Content), _transfer.Finish());
        await AssertCommitsContentAsync();
    }

    [Fact]
    public async Task Write_BehindAGap_IsNotReleased()
    {
        await BeginAsync();
        _transfer.Write(100_000, Content.AsSpan(100_000, 100_000));

        Assert.Null(Read(0, 1));
        Assert.Null(Read(150_000, 10));
        _transfer.Write(0, Content.AsSpan(0, 100_000));

        Assert.Equal(Content[..200_000], Read(0, 200_000));
    }

    [Fact]
    public async Task Fail_SomeWait_TellsAllAndGivesTheRoomBack()
    {
        var empty = _spool.UsedBytes;
        await BeginAsync();
        _transfer.WritePortions(0, Content.AsSpan(0, 300_000));
        var waiting = _transfer.WaitAsync(400_000, 10, Token);

        _transfer.Fail(new InvalidOperationException("broken"), discard: true);

        await Assert.ThrowsAsync<InvalidOperationException>(() => waiting);
        await Assert.ThrowsAsync<InvalidOperationException>(() => _transfer.WaitAsync(0, 1, Token));
        Assert.Null(Read(0, 1));
        Assert.Equal(empty, _spool.UsedBytes);
        Assert.Empty(Directory.GetFiles(_folder["spool/partial"]));
    }

    [Fact]
    public async Task Fail_LengthNeverKnown_FailsItToo()
    {
        _transfer.Fail(new InvalidOperationException("broken"), discard: true);

        await Assert.ThrowsAsync<InvalidOperationException>(() => _transfer.Length);
    }

    [Theory]
    [InlineData(500, true)] // within what was read
    [InlineData(999, true)]
    [InlineData(1000, false)]
    [InlineData(300_000, false)]
    public async Task Restart_OtherBytes_CountOnlyWhereTheyWereHandedOut(int at, bool expected)
    {
        await BeginAsync();
        _transfer.WritePortions(0, CacheHarness.Damaged(Content, at));
        Assert.NotNull(Read(0, 1000));

        _transfer.Restart();
        Assert.Null(Read(0, 1));
        _transfer.WritePortions(0, Content);

        Assert.Equal(expected, _transfer.HandedOutOtherBytes);
    }

    [Fact]
    public async Task Restart_SameBytes_CommitsThem()
    {
        await BeginAsync();
        _transfer.WritePortions(0, Content.AsSpan(0, 250_000));
        Assert.NotNull(Read(0, 200_000));

        _transfer.Restart();
        _transfer.WritePortions(0, Content.AsSpan(0, 100_000));
        Assert.Null(Read(0, 1)); // which bytes are right is not settled
        _transfer.WritePortions(100_000, Content.AsSpan(100_000));

        Assert.Equal(SHA256.HashData(Content), _transfer.Finish());
        Assert.False(_transfer.HandedOutOtherBytes);
        await AssertCommitsContentAsync();
    }

    [Theory]
    [InlineData(Length + 100_000)]
    [InlineData(Length - 100_000)]
    public async Task Begin_AgainWithAnotherLength_CommitsTheNewOne(int before)
    {
        await _transfer.BeginAsync(before, Token);
        _transfer.WritePortions(0, CacheHarness.Bytes(before, seed: 9));

        await BeginAsync();
        _transfer.WritePortions(0, Content);

        await AssertCommitsContentAsync();
        Assert.Equal(Length, _learnt[^1]);
    }

    private async Task AssertCommitsContentAsync()
    {
        var file = _transfer.Commit();
        file.Close();
        Assert.Equal(Content, await File.ReadAllBytesAsync(file.Path, Token));
    }

    private async Task<byte[]> ReadInOrderAsync(int length)
    {
        var bytes = new byte[length];
        for (var at = 0; at < length;)
        {
            var count = Math.Min(10_000, length - at);
            await _transfer.WaitAsync(at, count, Token);
            Assert.True(_transfer.TryRead(at, bytes.AsSpan(at, count), out var read));
            at += read;
        }

        return bytes;
    }

    private ValueTask BeginAsync() => _transfer.BeginAsync(Length, Token);

    private byte[]? Read(long offset, int length)
    {
        var bytes = new byte[length];
        return _transfer.TryRead(offset, bytes, out var count) ? bytes[..count] : null;
    }
}
