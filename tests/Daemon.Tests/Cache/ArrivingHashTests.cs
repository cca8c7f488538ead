using System.Security.Cryptography;
using MimicCxr.Daemon.Cache;
using MimicCxr.Daemon.Tests.Support;

namespace MimicCxr.Daemon.Tests.Cache;

public sealed class ArrivingHashTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Add_PiecesInAnyOrder_IsTheHashOfTheWhole(int seed)
    {
        using var folder = new TemporaryFolder();
        using var file = File.OpenHandle(folder["file"], FileMode.Create, FileAccess.ReadWrite);
        var random = new Random(seed);
        var bytes = new byte[700_001];
        random.NextBytes(bytes);
        var cuts = Enumerable.Range(0, 20).Select(_ => random.Next(bytes.Length)).Append(0).Append(bytes.Length).Distinct().Order().ToList();
        var pieces = cuts.Zip(cuts.Skip(1)).ToArray();
        random.Shuffle(pieces);
        using var hash = ArrivingHash.Begin();

        long contiguous = 0;
        foreach (var (start, end) in pieces)
        {
            RandomAccess.Write(file, bytes.AsSpan(start..end), start);
            contiguous = hash.Add(file, start, bytes.AsSpan(start..end));
        }

        Assert.Equal(bytes.Length, contiguous);
        Assert.Equal(SHA256.HashData(bytes), hash.FinishAndRestart());
    }

    [Fact]
    public void Add_GapBefore_DoesNotCount()
    {
        using var folder = new TemporaryFolder();
        using var file = File.OpenHandle(folder["file"], FileMode.Create, FileAccess.ReadWrite);
        using var hash = ArrivingHash.Begin();

        Assert.Equal(2, hash.Add(file, 0, "ab"u8));
        Assert.Equal(2, hash.Add(file, 3, "d"u8));
    }

    [Fact]
    public void FinishAndRestart_Again_KnowsNothingOfBefore()
    {
        using var folder = new TemporaryFolder();
        using var file = File.OpenHandle(folder["file"], FileMode.Create, FileAccess.ReadWrite);
        using var hash = ArrivingHash.Begin();
        hash.Add(file, 5, "early"u8);
        hash.FinishAndRestart();

        Assert.Equal(5, hash.Add(file, 0, "whole"u8));
        Assert.Equal(SHA256.HashData("whole"u8), hash.FinishAndRestart());
    }
}
