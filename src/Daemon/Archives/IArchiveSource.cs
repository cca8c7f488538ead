using MimicCxr.Daemon.Cache;
using MimicCxr.Daemon.Origin;

namespace MimicCxr.Daemon.Archives;

/// <summary>An archive of reports that is read as a zip, in whatever form the origin has it.</summary>
internal interface IArchiveSource : IRangeSource
{
    /// <summary>The version of the zip, once it is known.</summary>
    FileVersion? Version { get; }

    /// <summary>Whether all of the archive has to come before its end can be read: then that waits for the first who wants a member.</summary>
    bool OpensLate { get; }

    /// <summary>Finds out, at little cost, whether the archive can be had where <see cref="OpensLate"/>.</summary>
    /// <param name="mayAsk">Whether the origin may be asked.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="OriginException">The account may not read it, it is not there, or the origin is not.</exception>
    /// <exception cref="CacheException">The spool is too small for it.</exception>
    Task PrepareAsync(bool mayAsk, CancellationToken cancellationToken);

    /// <summary>Begins to bring the whole archive into the cache, once.</summary>
    /// <returns>Completes when it has begun, or failed: then all goes on as before.</returns>
    /// <exception cref="Exception">It cannot be brought: the spool is smaller than the archive, for example.</exception>
    Task FetchWholeAsync(CancellationToken cancellationToken);
}
