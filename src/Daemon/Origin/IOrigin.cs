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

    /// <summary>The length of one file in bytes, without fetching it.</summary>
    Task<long> GetLengthAsync(string path, CancellationToken cancellationToken);

    /// <summary>Names and lengths of the files in one directory, in one request.</summary>
    Task<IReadOnlyList<FileLength>> ListDirectoryAsync(string path, CancellationToken cancellationToken);
}
