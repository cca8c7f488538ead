using System.Runtime.CompilerServices;
using System.Text;
using MimicCxr.Daemon.Archives.Zip;
using MimicCxr.Daemon.Origin;
using MimicCxr.Daemon.Tests.Support;

namespace MimicCxr.Daemon.Tests.Archives;

/// <summary>Directories of archives that are kept for the next run.</summary>
public sealed class ZipDirectoryFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Kept => _folder["kept"];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("\"tag\"")]
    [InlineData(null)]
    public async Task TryRead_WhatWasWritten_IsTheSameAndReadsMembersWithoutAskingForTheDirectory(string? tag)
    {
        var archive = ZipImage.Reports(5000).ToArray();
        using (var zip = await RangedZip.OpenAsync(new CountedRanges(archive), Token, Token))
        {
            ZipDirectoryFile.Write(Kept, new FileVersion(archive.Length, tag), zip.End, await zip.LoadDirectoryAsync(Token));
        }

        var (version, end, directory) = Assert.NotNull(ZipDirectoryFile.TryRead(Kept));
        Assert.Equal(new FileVersion(archive.Length, tag), version);
        Assert.Equal(5000, directory?.Count);
        var source = new CountedRanges(archive);
        using var again = new RangedZip(source, end, directory, Token);
        var name = Encoding.UTF8.GetBytes(ZipImage.NameOf(777));
        var entry = Assert.NotNull(await again.FindAsync(name, 0, Token));
        Assert.Equal(ZipImage.TextOf(ZipImage.NameOf(777)), await again.ReadAsync(name, entry, Token));
        Assert.Single(source.Requests);
    }

    [Fact]
    public async Task TryRead_DamagedAnywhere_IsNothing()
    {
        var archive = ZipImage.Reports(3).ToArray();
        using (var zip = await RangedZip.OpenAsync(new CountedRanges(archive), Token, Token))
        {
            ZipDirectoryFile.Write(Kept, new FileVersion(archive.Length, "\"tag\""), zip.End, await zip.LoadDirectoryAsync(Token));
        }

        var bytes = await File.ReadAllBytesAsync(Kept, Token);
        for (var bit = 0; bit < bytes.Length * 8; bit += 3)
        {
            var damaged = (byte[])bytes.Clone();
            damaged[bit / 8] ^= (byte)(1 << (bit % 8));
            await File.WriteAllBytesAsync(Kept, damaged, Token);
            Assert.Null(ZipDirectoryFile.TryRead(Kept));
        }

        await File.WriteAllBytesAsync(Kept, bytes[..^1], Token);
        Assert.Null(ZipDirectoryFile.TryRead(Kept));
        Assert.Null(ZipDirectoryFile.TryRead(_folder["none"]));
    }

    [Fact]
    public void Size_OfAnEntry_IsWhatItTakes() => Assert.Equal(ZipEntry.Size, Unsafe.SizeOf<ZipEntry>());
}
