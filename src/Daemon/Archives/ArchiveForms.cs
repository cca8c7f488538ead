using MimicCxr.Daemon.Cache;
using MimicCxr.Daemon.Origin;

namespace MimicCxr.Daemon.Archives;

/// <summary>The archive of reports of a release: a zip, or where there is none a <c>.tar.gz</c>.</summary>
/// <param name="origin">Where it is.</param>
/// <param name="cache">Has it whole, once it came.</param>
/// <param name="unpacker">Makes the zip of a <c>.tar.gz</c>.</param>
/// <param name="zip">The zip as a file of its data set.</param>
/// <param name="packed">The <c>.tar.gz</c> as a file of its data set.</param>
internal sealed class ArchiveForms(IOrigin origin, BlobCache cache, Unpacker unpacker, IArchiveFile zip, IArchiveFile packed)
{
    /// <summary>The form that the data set lists, as far as it is loaded: else the zip, since that is asked for without the list.</summary>
    /// <param name="version">The version that is known already; null to begin with the one that is there.</param>
    public IArchiveSource Open(FileVersion? version) =>
        zip.Find() is null && packed.Find() is not null ? NewRepacked(version) : new CachedArchive(origin, zip.Path, version, cache, zip);

    /// <summary>The <c>.tar.gz</c>, for which the data set is loaded if need be.</summary>
    /// <returns>Null where there is none.</returns>
    /// <exception cref="OriginException">The origin does not give the lists.</exception>
    public async Task<IArchiveSource?> FindPackedAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await packed.LoadAsync(cancellationToken).ConfigureAwait(false) is null ? null : NewRepacked(null);
        }
        catch (Exception e) when (e is InvalidDataException or OriginException { Error: OriginError.NotFound })
        {
            // An origin without lists of that data set: a mirror of the other one, say.
            return null;
        }
    }

    private RepackedArchive NewRepacked(FileVersion? version) => new(origin, packed, version, unpacker);
}
