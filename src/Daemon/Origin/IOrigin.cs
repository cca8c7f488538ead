using MimicCxr.Daemon.Requests;

namespace MimicCxr.Daemon.Origin;

/// <summary>
/// Where the bytes come from. Paths are <c>SLUG/VERSION/PATH</c>. All methods throw <see cref="OriginException"/>
/// after the retries that make sense.
/// </summary>
internal interface IOrigin
{
    /// <summary>The address, without credentials.</summary>
    string Url { get; }

    /// <summary>Delivers one whole file into <paramref name="sink"/>; on return its length was delivered exactly.</summary>
    Task FetchAsync(string path, IFetchSink sink, RequestPriority priority, CancellationToken cancellationToken);

    /// <summary>
    /// Delivers a range of one file into <paramref name="sink"/>, with the retries of a whole file. The sink is told the
    /// length of the <i>whole file</i> before the first byte, so <see cref="FileRange.CountIn"/> tells how many will come, and
    /// may wait there; it gets offsets in the file. A range behind the end gives a length and no bytes.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="range">What is wanted of it.</param>
    /// <param name="expected">What an earlier range of the file returned, so that the two fit together; null for the first.</param>
    /// <param name="sink">Takes the bytes.</param>
    /// <param name="priority">Who waits.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>The version that the bytes are of.</returns>
    /// <exception cref="OriginException"><see cref="OriginError.Changed"/>: it is not the expected version any more.</exception>
    Task<FileVersion> FetchRangeAsync(
        string path, FileRange range, FileVersion? expected, IFetchSink sink, RequestPriority priority, CancellationToken cancellationToken);

    /// <summary>
    /// The last bytes of one file, all of it where it is shorter, and its version: in one request, for who cannot tell where the end
    /// is, such as the reader of an archive.
    /// </summary>
    Task<FileTail> FetchTailAsync(string path, int most, RequestPriority priority, CancellationToken cancellationToken);

    /// <summary>The length of one file in bytes, without fetching it.</summary>
    Task<long> GetLengthAsync(string path, CancellationToken cancellationToken);

    /// <summary>Names and lengths of the files in one directory, in one request.</summary>
    Task<IReadOnlyList<FileLength>> ListDirectoryAsync(string path, CancellationToken cancellationToken);

    /// <summary>
    /// Where a job stands still before its next step (one that is no request to the origin, such as storing a file) while readers are
    /// served. Never for longer than a second or so.
    /// </summary>
    Task YieldToReadersAsync(CancellationToken cancellationToken);
}
