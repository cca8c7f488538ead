using System.IO.Compression;
using System.Text;
using MimicCxr.Daemon.Catalog;
using MimicCxr.Daemon.Tests.Support;

namespace MimicCxr.Daemon.Tests.Catalog;

public sealed class ListFileReaderTests
{
    private const string Hex = "00112233445566778899aabbccddeeff00112233445566778899AABBCCDDEEFF";

    [Theory]
    [InlineData($"{Hex} files/a.jpg\n")]
    [InlineData($"{Hex}  files/a.jpg\n")]
    [InlineData($"{Hex} *files/a.jpg\n")]
    [InlineData($"{Hex}  ./files/a.jpg\n")]
    [InlineData($"{Hex} files/a.jpg")]
    [InlineData($"{Hex} files/a.jpg\r\n")]
    [InlineData($"\n{Hex} files/a.jpg\r\n\n\r\n")]
    public async Task ReadChecksums_AnyUsualForm_IsRead(string text)
    {
        var list = await ReadChecksumsAsync(text);

        Assert.Equal(["files/a.jpg"], Lists.Paths(list));
        Assert.Equal(Hex, Convert.ToHexString(list.Sha256(0)), ignoreCase: true);
    }

    [Theory]
    [InlineData("<html>not found</html>\n")]
    [InlineData("00112233 files/a.jpg\n")]
    [InlineData($"{Hex}\n")]
    [InlineData($"{Hex} \n")]
    [InlineData($"{Hex}\tfiles/a.jpg\n")]
    [InlineData($"g{Hex} files/a.jpg\n")]
    [InlineData($"{Hex} /etc/passwd\n")]
    [InlineData($"{Hex} ../a\n")]
    public async Task ReadChecksums_BadLine_ThrowsWithoutItsText(string line)
    {
        var error = await Assert.ThrowsAsync<InvalidDataException>(() => ReadChecksumsAsync($"{Hex} a\n{line}"));

        Assert.DoesNotContain(line.Trim(), error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ReadChecksums_BadLine_NamesItsNumber()
    {
        var error = await Assert.ThrowsAsync<InvalidDataException>(() => ReadChecksumsAsync($"{Hex} a\n\n{Hex} b\nbad\n"));

        Assert.Contains("Line 4 ", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(5_000, true)] // within one portion of the reader
    [InlineData(5_000, false)]
    [InlineData(1_000_000, true)]
    [InlineData(1_000_000, false)]
    public async Task ReadChecksums_HugeLine_Throws(int length, bool ends)
    {
        var line = $"{Hex} {string.Join('/', Enumerable.Repeat("abcdefghi", length / 10))}{(ends ? "\n" : "")}";

        await Assert.ThrowsAsync<InvalidDataException>(() => ReadChecksumsAsync(line));
    }

    [Fact]
    public async Task ReadChecksums_LinesAcrossPortions_AreWhole()
    {
        var paths = Enumerable.Range(0, 3000).Select(i => $"files/p{i:d6}/{new string('x', i % 90)}y").ToArray();
        var text = string.Concat(paths.Select(path => $"{Hex} {path}\n"));

        var list = new PathList();
        await ListFileReader.ReadChecksumsAsync(new SlowStream(Encoding.UTF8.GetBytes(text), portion: 777), list, TestContext.Current.CancellationToken);

        Assert.Equal(paths, Lists.Paths(list));
    }

    [Fact]
    public async Task ReadImagePaths_PlainList_TakesEveryLine() => Assert.Equal(
        ["files/a.jpg", "files/b.jpg"], Lists.Paths(await ReadImagesAsync("IMAGE_FILENAMES", Encoding.UTF8.GetBytes("files/a.jpg\r\nfiles/b.jpg"))));

    [Fact]
    public async Task ReadImagePaths_GzippedTable_TakesTheLastColumn() => Assert.Equal(
        ["files/a.dcm", "files/b.dcm"],
        Lists.Paths(await ReadImagesAsync("cxr-record-list.csv.gz", GZip("subject_id,study_id,dicom_id,path\r\n1,2,x,files/a.dcm\r\n1,2,y,files/b.dcm\r\n"))));

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task ReadImagePaths_DamagedGzip_Throws(bool truncated)
    {
        var bytes = GZip("h,path\n" + string.Concat(Enumerable.Range(0, 20_000).Select(i => $"{i * 7919 % 10007},files/{i * 104729 % 99991}-{i}.dcm\n")));
        if (truncated)
        {
            bytes = bytes[..(bytes.Length / 2)];
        }
        else
        {
            bytes[0] ^= 0xff;
        }

        await Assert.ThrowsAsync<InvalidDataException>(() => ReadImagesAsync("cxr-record-list.csv.gz", bytes));
    }

    private static async Task<PathList> ReadChecksumsAsync(string text)
    {
        var list = new PathList();
        await ListFileReader.ReadChecksumsAsync(new MemoryStream(Encoding.UTF8.GetBytes(text)), list, TestContext.Current.CancellationToken);
        return list;
    }

    private static async Task<PathList> ReadImagesAsync(string name, byte[] bytes)
    {
        var list = new PathList();
        await ListFileReader.ReadImagePathsAsync(new MemoryStream(bytes), name, list, TestContext.Current.CancellationToken);
        return list;
    }

    private static byte[] GZip(string text)
    {
        using var bytes = new MemoryStream();
        using (var gzip = new GZipStream(bytes, CompressionLevel.Fastest))
        {
            gzip.Write(Encoding.UTF8.GetBytes(text));
        }

        return bytes.ToArray();
    }

    /// <summary>Gives a few bytes at a time.</summary>
    private sealed class SlowStream(byte[] bytes, int portion) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(portion, buffer.Length)], cancellationToken);
    }
}
