using System.IO.Compression;
using System.Text;
using MimicCxr.Daemon.Archives.Zip;

namespace MimicCxr.Daemon.Tests.Archives;

/// <summary>Members of a zip that is read a range at a time.</summary>
public sealed class RangedZipTests(AllReportsZip all) : IClassFixture<AllReportsZip>
{
    private const long OneRequestPer = 8 << 20;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 0)]
    [InlineData(100_000, 0)]
    [InlineData(150_000, 50)]
    [InlineData(200_000, -50)]
    [InlineData(ZipImage.AllReports - 20_000, 0)]
    [InlineData(ZipImage.AllReports - 1, 0)]
    public async Task Read_FirstOfAllReports_TakesThreeRequestsAndLessThan2MB(int rank, int mistake)
    {
        var source = new CountedRanges(all.Bytes);
        using var zip = await RangedZip.OpenAsync(source, Token, Token);

        Assert.Equal(ZipImage.TextOf(ZipImage.NameOf(rank)), await ReadAsync(zip, ZipImage.NameOf(rank), Position(rank + mistake)));

        Assert.InRange(source.Requests.Count, 2, 3);
        Assert.InRange(source.Bytes, 1, 1_999_999);
        Assert.Null(zip.Directory);
    }

    [Fact]
    public async Task Read_AllReportsInOrder_TakesARequestPer8MBAtMost()
    {
        var source = new CountedRanges(all.Bytes);
        using var zip = await RangedZip.OpenAsync(source, Token, Token);
        for (var rank = 0; rank < ZipImage.AllReports; rank++)
        {
            var name = ZipImage.NameOf(rank);
            var text = await ReadAsync(zip, name, Position(rank));
            Assert.True(ZipImage.TextOf(name).AsSpan().SequenceEqual(text), name);
        }

        Assert.InRange(source.Requests.Count, 1, all.Bytes.Length / OneRequestPer);
        Assert.InRange(source.Bytes, all.Bytes.Length - 1000, all.Bytes.Length + (1 << 20));
    }

    [Fact]
    public async Task Find_ManyAllOver_ReadsTheDirectoryOnce()
    {
        var source = new CountedRanges(all.Bytes);
        using var zip = await RangedZip.OpenAsync(source, Token, Token);
        for (var i = 0; i < 100; i++)
        {
            var rank = i * 2_003 % ZipImage.AllReports;
            Assert.NotNull(await zip.FindAsync(Encoding.UTF8.GetBytes(ZipImage.NameOf(rank)), Position(rank), Token));
        }

        Assert.Equal(ZipImage.AllReports, zip.Directory!.Count);
        // The tail, two stretches, the directory.
        Assert.Equal(4, source.Requests.Count);
    }

    [Fact]
    public async Task Find_NotThere_IsKnownFromTheWholeDirectoryAndAsksNothingMore()
    {
        var source = new CountedRanges(all.Bytes);
        using var zip = await RangedZip.OpenAsync(source, Token, Token);

        Assert.Null(await zip.FindAsync("files/p15/p15000000/s1.txt"u8.ToArray(), 0.5, Token));
        source.Forget();
        Assert.Null(await zip.FindAsync("files/p15/p15000000/s2.txt"u8.ToArray(), 0.1, Token));

        Assert.Empty(source.Requests);
    }

    [Fact]
    public async Task Read_NotInTheOrderOfPaths_IsRightAllTheSame()
    {
        var archive = ZipImage.Reports(20_000, inOrder: false).ToArray();
        using var zip = await RangedZip.OpenAsync(new CountedRanges(archive), Token, Token);
        for (var rank = 0; rank < 20_000; rank += 997)
        {
            var name = ZipImage.NameOf(rank);
            Assert.Equal(ZipImage.TextOf(name), await ReadAsync(zip, name, rank / 20_000.0));
        }
    }

    [Fact]
    public async Task Read_ByManyAtOnceAllOver_IsRight()
    {
        using var zip = await RangedZip.OpenAsync(new CountedRanges(all.Bytes), Token, Token);
        await Parallel.ForAsync(0, 500, Token, async (i, _) =>
        {
            var rank = i * 7_919 % ZipImage.AllReports;
            var name = ZipImage.NameOf(rank);
            Assert.Equal(ZipImage.TextOf(name), await ReadAsync(zip, name, Position(rank)));
        });
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Read_ZipsOfTheLibrary_EqualsItsOwnReading(bool seekable)
    {
        for (var seed = 0; seed < 40; seed++)
        {
            var archive = MakeByLibrary(new Random(seed), seekable);
            using var zip = await RangedZip.OpenAsync(new CountedRanges(archive), Token, Token);
            await using var expected = new ZipArchive(new MemoryStream(archive));
            var files = expected.Entries.Where(entry => !entry.FullName.EndsWith('/')).ToList();
            Assert.Equal(files.Count, (await zip.LoadDirectoryAsync(Token)).Count);
            foreach (var file in files)
            {
                using var content = new MemoryStream();
                await using (var stream = await file.OpenAsync(Token))
                {
                    await stream.CopyToAsync(content, Token);
                }

                Assert.Equal(content.ToArray(), await ReadAsync(zip, file.FullName, 0));
            }
        }
    }

    [Fact]
    public async Task Read_NumbersInZip64Fields_AreUnderstood()
    {
        var image = new ZipImage { Zip64 = true };
        image.Add("a/b.txt", "first"u8.ToArray());
        image.Add("c.txt", "second"u8.ToArray(), CompressionLevel.NoCompression);
        using var zip = await RangedZip.OpenAsync(new CountedRanges(image.ToArray("with a comment")), Token, Token);

        Assert.Equal("first"u8.ToArray(), await ReadAsync(zip, "a/b.txt", 0));
        Assert.Equal("second"u8.ToArray(), await ReadAsync(zip, "c.txt", 0));
    }

    [Fact]
    public async Task TryFind_InTheWholeDirectory_AllocatesNothing()
    {
        using var zip = await RangedZip.OpenAsync(new CountedRanges(ZipImage.Reports(1000).ToArray()), Token, Token);
        var directory = await zip.LoadDirectoryAsync(Token);
        var (there, missing) = (Encoding.UTF8.GetBytes(ZipImage.NameOf(500)), "files/p10"u8.ToArray());
        Assert.True(directory.TryFind(there, out _) && !directory.TryFind(missing, out _));

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
        {
            directory.TryFind(there, out _);
            directory.TryFind(missing, out _);
        }

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    private static double Position(int rank) => rank / (double)ZipImage.AllReports;

    private static async Task<byte[]> ReadAsync(RangedZip zip, string path, double position)
    {
        var name = Encoding.UTF8.GetBytes(path);
        var entry = await zip.FindAsync(name, position, Token);
        return await zip.ReadAsync(name, Assert.NotNull(entry), Token);
    }

    private static byte[] MakeByLibrary(Random random, bool seekable)
    {
        using var bytes = new MemoryStream();
        // Into a stream without a way back the lengths stand behind the members.
        using (var zip = new ZipArchive(seekable ? bytes : new OneWayStream(bytes), ZipArchiveMode.Create, leaveOpen: true))
        {
            for (var i = random.Next(60); i > 0; i--)
            {
                var level = (CompressionLevel)random.Next(4);
                var entry = zip.CreateEntry($"{(random.Next(3) == 0 ? "é/" : "")}d{random.Next(5)}/{i}.txt", level);
                entry.Comment = new string('c', random.Next(20));
                using var stream = entry.Open();
                var content = new byte[random.Next(3) == 0 ? 0 : random.Next(300_000)];
                random.NextBytes(content.AsSpan(0, content.Length / 3));
                stream.Write(content);
            }

            zip.CreateEntry("directory/");
            zip.Comment = new string('x', random.Next(2) * 40_000);
        }

        return bytes.ToArray();
    }

    private sealed class OneWayStream(Stream inner) : Stream
    {
        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override void Flush() => inner.Flush();

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => inner.Write(buffer, offset, count);
    }
}
