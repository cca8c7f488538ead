using MimicCxr.Daemon.Cache;

namespace MimicCxr.Daemon.Archives;

/// <summary>An archive as a file of the data set that it belongs to, which may not be loaded.</summary>
internal interface IArchiveFile
{
    /// <summary>What the origin is asked for: <c>SLUG/VERSION/PATH</c>.</summary>
    string Path { get; }

    /// <summary>Its blob of this moment; null while its data set is not loaded, or has no such file. Waits for nothing.</summary>
    Blob? Find();

    /// <summary>Its blob, for which its data set is loaded if need be.</summary>
    /// <returns>Null where the data set has no such file.</returns>
    Task<Blob?> LoadAsync(CancellationToken cancellationToken);
}
