using System.IO.Compression;
using System.Text;
using MimicCxr.Daemon.Archives;
using MimicCxr.Daemon.Archives.Zip;

namespace MimicCxr.Daemon.Tests.Archives;

/// <summary>Archives that are damaged or made to do harm: an error that says so, or the right bytes; never anything else.</summary>
public sealed class HostileZipTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Read_CutAnywhere_Fails()
    {
        var archive = SmallImage().ToArray();
        for (var length = 0; length < archive.Length; length++)
        {
            var cut = archive[..length];
            await Assert.ThrowsAsync<ArchiveException>(() => ReadAllAsync(cut));
        }
    }

    [Fact]
    public async Task Read_ABitTurned_GivesTheRightBytesOrFails()
    {
        var archive = SmallImage().ToArray();
        for (var bit = 0; bit < archive.Length * 8; bit++)
        {
            var damaged = (byte[])archive.Clone();
            damaged[bit / 8] ^= (byte)(1 << (bit % 8));
            await AssertRightOrRefusedAsync(damaged);
        }
    }

    [Fact]
    public async Task Read_RandomBytesOverTheDirectory_GivesTheRightBytesOrFails()
    {
        var image = SmallImage();
        var archive = image.ToArray();
        var start = 0;
        image.ToArray(change: end =>
        {
            start = (int)end.DirectoryOffset;
            return end;
        });
        for (var seed = 0; seed < 3000; seed++)
        {
            var random = new Random(seed);
            var damaged = (byte[])archive.Clone();
            for (var i = random.Next(1, 5); i > 0; i--)
            {
                // Often all ones, which stand for zip64.
                var value = random.Next(2) == 0 ? (byte)0xFF : (byte)random.Next(256);
                damaged.AsSpan(random.Next(start, damaged.Length - 4), random.Next(1, 5)).Fill(value);
            }

            await AssertRightOrRefusedAsync(damaged);
        }
    }

    [Fact]
    public async Task Read_Bomb_FailsWithoutTheMemory()
    {
        // A kilobyte for a gigabyte, and ten megabytes of zeros that claim to be a hundred bytes.
        await AssertRefusedAsync(entry => entry with { Length = 1 << 30 }, new byte[1000]);
        await AssertRefusedAsync(entry => entry with { Length = (60 << 20) + 1 }, new byte[1000]);
        await AssertRefusedAsync(entry => entry with { Length = 100 }, new byte[10 << 20]);
    }

    [Theory]
    [InlineData(uint.MaxValue)]
    [InlineData(1L << 40)]
    [InlineData(long.MaxValue)]
    public async Task Read_LengthsOf4GiBAndMore_Fails(long length)
    {
        await AssertRefusedAsync(entry => entry with { Length = length }, new byte[100]);
        await AssertRefusedAsync(entry => entry with { PackedLength = length }, new byte[100]);
        await AssertRefusedAsync(entry => entry with { Offset = length }, new byte[100]);
        await AssertRefusedAsync(entry => entry with { Offset = length, PackedLength = length, Length = length }, new byte[100]);
    }

    [Fact]
    public async Task Read_WrongChecksumOrLength_Fails()
    {
        await AssertRefusedAsync(entry => entry with { Crc32 = entry.Crc32 ^ 1 }, "text"u8.ToArray());
        await AssertRefusedAsync(entry => entry with { Length = entry.Length + 1 }, "text"u8.ToArray());
        await AssertRefusedAsync(entry => entry with { Length = entry.Length - 1 }, "text"u8.ToArray());
        await AssertRefusedAsync(entry => entry with { PackedLength = entry.PackedLength / 2 }, "text"u8.ToArray());
        await AssertRefusedAsync(entry => entry with { Length = entry.Length + 1 }, "text"u8.ToArray(), CompressionLevel.NoCompression);
    }

    [Fact]
    public async Task Read_EncryptedOrUnknownMethod_FailsAndSaysSo()
    {
        Assert.Contains("encrypted", await AssertRefusedAsync(entry => entry with { Flags = 1 }, "text"u8.ToArray()), StringComparison.Ordinal);
        Assert.Contains("method 12", await AssertRefusedAsync(entry => entry with { Method = (ZipMethod)12 }, "text"u8.ToArray()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Open_MembersThatOverlap_Fails()
    {
        var image = new ZipImage();
        image.Add("a", "text"u8.ToArray());
        image.Listed = entry => entry with { Offset = 0 };
        image.Add("b", "text"u8.ToArray());

        await AssertRefusedAsync(image.ToArray(), "overlap");
    }

    [Fact]
    public async Task Open_OneNameTwice_Fails()
    {
        var image = new ZipImage();
        image.Add("a", "one"u8.ToArray());
        image.Add("b", "two"u8.ToArray());
        image.Add("a", "three"u8.ToArray());

        await AssertRefusedAsync(image.ToArray(), "twice");
    }

    [Theory]
    [InlineData("/etc/passwd")]
    [InlineData("../up")]
    [InlineData("a/../../up")]
    [InlineData("a//b")]
    [InlineData("a/./b")]
    [InlineData("c:\\windows")]
    [InlineData("a\0b")]
    [InlineData("")]
    public async Task Open_PathThatLeadsElsewhere_Fails(string name)
    {
        var image = new ZipImage();
        image.Add(name, "text"u8.ToArray());

        await AssertRefusedAsync(image.ToArray(), "outside");
    }

    [Fact]
    public async Task Open_DirectoryThatIsNot_Fails()
    {
        var image = SmallImage();

        await AssertRefusedAsync(image.ToArray(change: end => end with { DirectoryOffset = 0 }), "directory");
        await AssertRefusedAsync(image.ToArray(change: end => end with { DirectoryOffset = end.DirectoryOffset + 1 }), "damaged");
        await AssertRefusedAsync(image.ToArray(change: end => end with { Count = end.Count + 1 }), "damaged");
        await AssertRefusedAsync(image.ToArray(change: end => end with { Count = int.MaxValue }), "damaged");
        await AssertRefusedAsync(image.ToArray(change: end => end with { DirectoryLength = int.MaxValue }), "up to");
        await AssertRefusedAsync(new byte[1 << 20], "no zip");
        await AssertRefusedAsync([], "no zip");
    }

    [Fact]
    public async Task Find_ADirectoryOfThingsThatLookLikeEntries_EndsAndFails()
    {
        // As large as it may be, and nothing in it but beginnings.
        var image = new ZipImage();
        image.Add("a", new byte[4 << 20], CompressionLevel.NoCompression);
        var archive = image.ToArray(change: end => new ZipEnd(40, (int)end.DirectoryOffset - 40, 1000));
        for (var at = 40; at + 4 < 4 << 20; at += 4)
        {
            CentralHeader.Beginning.CopyTo(archive.AsSpan(at));
        }

        using var zip = await RangedZip.OpenAsync(new CountedRanges(archive), Token, Token);
        await Assert.ThrowsAsync<ArchiveException>(async () => await zip.FindAsync("b"u8.ToArray(), 0.5, Token));
    }

    private static ZipImage SmallImage()
    {
        var image = new ZipImage { Zip64 = true };
        image.Add("files/a.txt", Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("a text that packs well ", 9))));
        image.Add("files/b.txt", "not packed"u8.ToArray(), CompressionLevel.NoCompression);
        return image;
    }

    private static async Task AssertRightOrRefusedAsync(byte[] archive)
    {
        try
        {
            foreach (var (name, bytes) in await ReadAllAsync(archive))
            {
                // A name may have changed, bytes never.
                Assert.True(bytes.AsSpan().StartsWith(name.Contains('a', StringComparison.Ordinal) ? "a text"u8 : "not packed"u8) || name is not ("files/a.txt" or "files/b.txt"));
            }
        }
        catch (ArchiveException)
        {
            // Said so.
        }
    }

    private static async Task<List<(string Name, byte[] Bytes)>> ReadAllAsync(byte[] archive)
    {
        using var zip = await RangedZip.OpenAsync(new CountedRanges(archive), Token, Token);
        var directory = await zip.LoadDirectoryAsync(Token);
        var all = new List<(string, byte[])>();
        for (var i = 0; i < directory.Count; i++)
        {
            var name = directory.Name(i).ToArray();
            all.Add((Encoding.UTF8.GetString(name), await zip.ReadAsync(name, directory.Entry(i), Token)));
        }

        return all;
    }

    private static Task<string> AssertRefusedAsync(Func<ZipEntry, ZipEntry> listed, byte[] content, CompressionLevel level = CompressionLevel.Fastest)
    {
        var image = new ZipImage { Listed = listed };
        image.Add("a", content, level);
        return AssertRefusedAsync(image.ToArray(), "");
    }

    private static async Task<string> AssertRefusedAsync(byte[] archive, string why)
    {
        var refusal = await Assert.ThrowsAsync<ArchiveException>(() => ReadAllAsync(archive));
        Assert.Contains(why, refusal.Message, StringComparison.Ordinal);
        return refusal.Message;
    }
}
