using MimicCxr.Daemon.Tables;
using MimicCxr.Daemon.Tests.Support;

namespace MimicCxr.Daemon.Tests.Tables;

public sealed class ImageTableFileTests : IAsyncLifetime
{
    private static readonly byte[] Source = [.. Enumerable.Range(0, 32).Select(i => (byte)i)];

    private readonly TemporaryFolder _folder = new();
    private readonly RandomTables _random = new(seed: 41, patients: 4);
    private ImageTable _images = null!;

    private string File => _folder["a.tables"];

    public async ValueTask InitializeAsync()
    {
        _random.Tables[RandomTables.Split] += "x,1,2,train\nbroken\n";
        _images = await _random.ImportAsync();
        ImageTableFile.Write(File, _images, Source);
    }

    public ValueTask DisposeAsync()
    {
        _folder.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public void TryRead_WhatWasWritten_IsTheSame()
    {
        var read = ImageTableFile.TryRead(File, _random.Catalog, Source)!;

        Assert.Equal(_images.Files, read.Files);
        Assert.Equal(Enumerable.Range(0, _images.Count).Select(image => _images.Views[image]), Enumerable.Range(0, read.Count).Select(image => read.Views[image]));
        Assert.Equal(_images.Views.Names, read.Views.Names);
        Assert.Equal(_images.Splits.Codes, read.Splits.Codes);
        Assert.Equal(_images.Splits.Names, read.Splits.Names);
        Assert.Equal(_images.Dates, read.Dates);
        Assert.Equal(_images.Rows, read.Rows);
        Assert.Equal(_images.Columns, read.Columns);
        Assert.Equivalent(_images.Labelers, read.Labelers, strict: true);
        Assert.Equal(_images.Reports, read.Reports);
        Assert.Contains(read.Reports, report => (report.Foreign, report.Malformed) == (1, 1));
        Assert.Single(Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public void TryRead_OfOtherLists_IsNull()
    {
        Assert.Null(ImageTableFile.TryRead(File, new RandomTables(seed: 42).Catalog, Source));
        Assert.Null(ImageTableFile.TryRead(File, _random.Catalog, new byte[32]));
        Assert.Null(ImageTableFile.TryRead(_folder["none"], _random.Catalog, Source));
    }

    [Fact]
    public void TryRead_AnyByteWrongOrMissing_IsNull()
    {
        var bytes = System.IO.File.ReadAllBytes(File);
        for (var i = 0; i < bytes.Length; i++)
        {
            bytes[i] ^= 0x55;
            System.IO.File.WriteAllBytes(File, bytes);
            Assert.Null(ImageTableFile.TryRead(File, _random.Catalog, Source));
            bytes[i] ^= 0x55;
            System.IO.File.WriteAllBytes(File, bytes[..i]);
            Assert.Null(ImageTableFile.TryRead(File, _random.Catalog, Source));
        }
    }
}
