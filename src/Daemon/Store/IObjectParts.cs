using System.Buffers;

namespace MimicCxr.Daemon.Store;

/// <summary>
/// An object that arrives in parts (on S3 a multipart upload). Disposed without <see cref="CompleteAsync"/>, nothing of it is left.
/// All methods throw <see cref="StoreException"/>.
/// </summary>
internal interface IObjectParts : IAsyncDisposable
{
    /// <summary>
    /// Length in bytes of every part but the last. S3 wants at least 5 MiB, and at most 10,000 parts: enough for 78 GiB.
    /// </summary>
    const int PartLength = 8 << 20;

    /// <summary>Stores one part; several at a time, in any order.</summary>
    /// <param name="number">0 for the first.</param>
    /// <param name="bytes">The whole part.</param>
    /// <param name="cancellationToken">Gives up.</param>
    Task PutPartAsync(int number, ReadOnlySequence<byte> bytes, CancellationToken cancellationToken);

    /// <summary>
    /// All parts are there and right: the object becomes visible. One that is there already is left alone unless it has another
    /// length or checksum, or <paramref name="overwrite"/> is set.
    /// </summary>
    Task CompleteAsync(bool overwrite, CancellationToken cancellationToken);
}
