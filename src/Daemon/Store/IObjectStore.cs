using System.Buffers;
using MimicCxr.Daemon.Origin;
using MimicCxr.Daemon.Requests;

namespace MimicCxr.Daemon.Store;

/// <summary>
/// Where blobs are kept for good: a bucket, or a folder. Keys are <c>SLUG/VERSION/PATH</c>; objects are plain files.
/// All methods throw <see cref="StoreException"/>.
/// </summary>
internal interface IObjectStore
{
    /// <summary>The address as the user gave it, without credentials.</summary>
    string Url { get; }

    /// <summary>Why nothing that was to be written has been taken for a while, though tried; null while all is well.</summary>
    WriteTrouble? WriteTrouble { get; }

    /// <summary>Finds out whether the store can be used at all, and removes what earlier runs left unfinished.</summary>
    /// <returns>A warning for the user, or null.</returns>
    Task<string?> CheckAsync(CancellationToken cancellationToken);

    /// <summary>Delivers one whole object into <paramref name="sink"/>.</summary>
    /// <returns>What is kept with the object, or null when there is no such object.</returns>
    Task<ObjectNote?> TryFetchAsync(string key, IFetchSink sink, RequestPriority priority, CancellationToken cancellationToken);

    /// <summary>Finds one object without its bytes.</summary>
    /// <returns>With its note; null when there is no such object.</returns>
    Task<StoredObject?> TryStatAsync(string key, CancellationToken cancellationToken);

    /// <summary>
    /// The objects whose keys begin with <paramref name="prefix"/>, a thousand in a request, without their notes and in no
    /// order. In a folder, what stands below a name with a leading '.' is not ours and left out.
    /// </summary>
    IAsyncEnumerable<StoredObject> ListAsync(string prefix, CancellationToken cancellationToken);

    /// <summary>
    /// Stores a file under a key, whole or not at all. An object that is there already is left alone unless it has another
    /// length or checksum, or <paramref name="overwrite"/> is set.
    /// </summary>
    Task PutAsync(string key, string path, long length, ObjectNote note, bool overwrite, CancellationToken cancellationToken);

    /// <summary>As the other, from memory; nothing is written to a local disk unless the store is one.</summary>
    Task PutAsync(string key, ReadOnlySequence<byte> bytes, ObjectNote note, bool overwrite, RequestPriority priority, CancellationToken cancellationToken);

    /// <summary>Begins an object that is too large for memory; nobody sees it before it is completed.</summary>
    /// <param name="key">Its key.</param>
    /// <param name="length">Its length in bytes.</param>
    /// <param name="note">What will be kept with it: for the checksum, the one that is expected.</param>
    /// <param name="cancellationToken">Gives up.</param>
    Task<IObjectParts> BeginPartsAsync(string key, long length, ObjectNote note, CancellationToken cancellationToken);

    /// <summary>Stores a few bytes under a key only where there is no such object; of several at a time exactly one succeeds.</summary>
    /// <returns>False when somebody else's is there.</returns>
    Task<bool> TryCreateAsync(string key, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken);

    /// <summary>Removes objects; what is not there is no error.</summary>
    Task DeleteAsync(IReadOnlyCollection<string> keys, CancellationToken cancellationToken);
}
