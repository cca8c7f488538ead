using MimicCxr.Daemon.Requests;

namespace MimicCxr.Daemon.Origin;

/// <summary>The origins of all data sets as one: which is asked, the path's data set says.</summary>
/// <param name="usual">The origin of those that have none of their own.</param>
/// <param name="own">By data set (<c>SLUG/VERSION</c>): its own origin.</param>
internal sealed class DataSetOrigins(IOrigin usual, IReadOnlyDictionary<string, IOrigin> own) : IOrigin
{
    /// <inheritdoc/>
    public string Url => usual.Url;

    /// <summary>The origin of a data set.</summary>
    /// <param name="path"><c>SLUG/VERSION</c>, or a path below it.</param>
    public IOrigin Of(string path)
    {
        foreach (var (dataSet, origin) in own)
        {
            if (path.StartsWith(dataSet, StringComparison.Ordinal) && (path.Length == dataSet.Length || path[dataSet.Length] == '/'))
            {
                return origin;
            }
        }

        return usual;
    }

    /// <inheritdoc/>
    public Task FetchAsync(string path, IFetchSink sink, RequestPriority priority, CancellationToken cancellationToken) =>
        Of(path).FetchAsync(path, sink, priority, cancellationToken);

    /// <inheritdoc/>
    public Task<FileVersion> FetchRangeAsync(
        string path, FileRange range, FileVersion? expected, IFetchSink sink, RequestPriority priority, CancellationToken cancellationToken) =>
        Of(path).FetchRangeAsync(path, range, expected, sink, priority, cancellationToken);

    /// <inheritdoc/>
    public Task<FileTail> FetchTailAsync(string path, int most, RequestPriority priority, CancellationToken cancellationToken) =>
        Of(path).FetchTailAsync(path, most, priority, cancellationToken);

    /// <inheritdoc/>
    public Task<long> GetLengthAsync(string path, CancellationToken cancellationToken) => Of(path).GetLengthAsync(path, cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<FileLength>> ListDirectoryAsync(string path, CancellationToken cancellationToken) =>
        Of(path).ListDirectoryAsync(path, cancellationToken);

    /// <inheritdoc/>
    public Task YieldToReadersAsync(CancellationToken cancellationToken) =>
        // Readers of any data set: they share the line, the disk and the processor.
        Task.WhenAll([usual.YieldToReadersAsync(cancellationToken), .. own.Values.Select(origin => origin.YieldToReadersAsync(cancellationToken))]);
}
