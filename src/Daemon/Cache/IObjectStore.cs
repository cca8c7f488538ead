using MimicCxr.Daemon.Origin;

namespace MimicCxr.Daemon.Cache;

/// <summary>
/// Where blobs are kept for good: a bucket, or a folder. Keys are <c>SLUG/VERSION/PATH</c>; objects are plain files.
/// All methods throw <see cref="StoreException"/>.
/// </summary>
internal interface IObjectStore
{
    /// <summary>The address as the user gave it, without credentials.</summary>
    string Url { get; }

    /// <summary>Finds out whether the store can be used at all.</summary>
    Task CheckAsync(CancellationToken cancellationToken);

    /// <summary>Delivers one whole object into <paramref name="sink"/>.</summary>
    /// <returns>What is kept with the object, or null when there is no such object.</returns>
    Task<ObjectNote?> TryFetchAsync(string key, IFetchSink sink, CancellationToken cancellationToken);

    /// <summary>
    /// Stores a file under a key, whole or not at all. An object that is there already is left alone unless it has another
    /// length or checksum, or <paramref name="overwrite"/> is set.
    /// </summary>
    Task PutAsync(string key, string path, long length, ObjectNote note, bool overwrite, CancellationToken cancellationToken);
}
