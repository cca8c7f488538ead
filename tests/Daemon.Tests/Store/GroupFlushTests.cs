using MimicCxr.Daemon.Store;
using MimicCxr.Daemon.Tests.Support;

namespace MimicCxr.Daemon.Tests.Store;

public sealed class GroupFlushTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly GroupFlush _flush = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Flush_OneOfManyIsGone_TheOthersAreFlushed()
    {
        var paths = Enumerable.Range(0, 20).Select(i => _folder[$"{i}"]).ToList();
        paths.ForEach(path => File.WriteAllBytes(path, new byte[10_000]));

        var missing = _flush.FlushAsync(_folder["missing"]);
        var flushes = paths.ConvertAll(_flush.FlushAsync);

        await Assert.ThrowsAsync<FileNotFoundException>(() => missing);
        await Task.WhenAll(flushes);
    }

    [Fact]
    public async Task Flush_AfterAllBeforeAreDone_StillFlushes()
    {
        File.WriteAllBytes(_folder["file"], [1]);
        await _flush.FlushAsync(_folder["file"]);

        await _flush.FlushAsync(_folder["file"]);

        await Assert.ThrowsAsync<FileNotFoundException>(() => _flush.FlushAsync(_folder["missing"]));
    }
}
