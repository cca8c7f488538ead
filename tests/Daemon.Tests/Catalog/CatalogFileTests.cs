using MimicCxr.Daemon.Catalog;
using MimicCxr.Daemon.Tests.Support;

namespace MimicCxr.Daemon.Tests.Catalog;

public sealed class CatalogFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly CatalogArrays _arrays = Lists.Catalog("files/p1/s1.txt", "files/p1/s1/x.jpg", "README").Arrays;

    private string Path => _folder["a.catalog"];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void TryRead_WhatWasWritten_IsTheSame()
    {
        CatalogFile.Write(Path, _arrays);

        var read = CatalogFile.TryRead(Path);

        Assert.NotNull(read);
        Assert.Equal(_arrays.Names, read.Names);
        Assert.Equal(_arrays.NameStart, read.NameStart);
        Assert.Equal(_arrays.Parent, read.Parent);
        Assert.Equal(_arrays.FirstChild, read.FirstChild);
        Assert.Equal(_arrays.ChildCount, read.ChildCount);
        Assert.Equal(_arrays.Subdirectories, read.Subdirectories);
        Assert.Equal(_arrays.NodeOfFile, read.NodeOfFile);
        Assert.Equal(_arrays.Sha256, read.Sha256);
        Assert.Equal(_arrays.HasSha256, read.HasSha256);
        Assert.Equal(_arrays.Fingerprint, read.Fingerprint);
        Assert.Single(Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public void TryRead_None_IsNull() => Assert.Null(CatalogFile.TryRead(Path));

    [Fact]
    public void TryRead_AnyByteWrong_IsNull()
    {
        CatalogFile.Write(Path, _arrays);
        var bytes = File.ReadAllBytes(Path);
        for (var i = 0; i < bytes.Length; i++)
        {
            bytes[i] ^= 0x55;
            File.WriteAllBytes(Path, bytes);
            Assert.Null(CatalogFile.TryRead(Path));
            bytes[i] ^= 0x55;
        }
    }

    [Fact]
    public void TryRead_TooShortOrTooLong_IsNull()
    {
        CatalogFile.Write(Path, _arrays);
        var bytes = File.ReadAllBytes(Path);
        foreach (var length in Enumerable.Range(0, bytes.Length))
        {
            File.WriteAllBytes(Path, bytes[..length]);
            Assert.Null(CatalogFile.TryRead(Path));
        }

        File.WriteAllBytes(Path, [.. bytes, 0]);
        Assert.Null(CatalogFile.TryRead(Path));
    }
}
