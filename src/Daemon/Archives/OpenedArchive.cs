using Microsoft.Extensions.Logging;
using MimicCxr.Daemon.Origin;

namespace MimicCxr.Daemon.Archives;

/// <summary>An archive whose end was read, and what is in memory of it. All of one version.</summary>
internal sealed class OpenedArchive
{
    private readonly Lock _keeping = new();
    private Keep _kept; // under _keeping

    private OpenedArchive(int generation, CachedArchive source, RangedZip zip) => (Generation, Source, Zip) = (generation, source, zip);

    /// <summary>Which of the archives it is that the origin had in this run.</summary>
    public int Generation { get; }

    /// <summary>Where its bytes are.</summary>
    public CachedArchive Source { get; }

    /// <summary>Its members.</summary>
    public RangedZip Zip { get; }

    /// <summary>Those read last.</summary>
    public MemberTexts Texts { get; } = new();

    /// <summary>Opens an archive: with the directory that an earlier run kept, which asks nobody, else by reading its end.</summary>
    /// <param name="generation">See <see cref="Generation"/>.</param>
    /// <param name="open">The archive, of a known version or (null) of the one that is there.</param>
    /// <param name="kept">The file that keeps the directory.</param>
    /// <param name="stopping">Ends it, and requests that nobody may wait for any more.</param>
    /// <exception cref="OriginException">The archive cannot be had.</exception>
    /// <exception cref="ArchiveException">It is none that can be read.</exception>
    public static async Task<OpenedArchive> OpenAsync(int generation, Func<FileVersion?, CachedArchive> open, string kept, CancellationToken stopping)
    {
        if (ZipDirectoryFile.TryRead(kept) is { } found)
        {
            var known = open(found.Version);
            return new OpenedArchive(generation, known, new RangedZip(known, found.End, found.Directory, stopping))
            {
                _kept = found.Directory is null ? Keep.End : Keep.Directory,
            };
        }

        var source = open(null);
        return new OpenedArchive(generation, source, await RangedZip.OpenAsync(source, stopping, stopping).ConfigureAwait(false));
    }

    /// <summary>Lets the next run read the directory anew.</summary>
    public static void Forget(string kept)
    {
        try
        {
            File.Delete(kept);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Nothing was kept; or it stays, and is found to be of another version again.
        }
    }

    /// <summary>Writes down what later runs need not read again: the end, and the directory once it was read whole.</summary>
    /// <returns>Whether this was the moment of the directory: of each member it is known now whether it is there.</returns>
    public bool TryKeep(string kept, ILogger logger)
    {
        var directory = Zip.Directory;
        var now = directory is null ? Keep.End : Keep.Directory;
        lock (_keeping)
        {
            if (now <= _kept || Source.Version is not { } version)
            {
                return false;
            }

            _kept = now;
            try
            {
                Directory.CreateDirectory(Path.GetDirectoryName(kept)!);
                ZipDirectoryFile.Write(kept, version, Zip.End, directory);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                logger.LogWarning("The directory of the archive of reports could not be kept and will be read again by the next run: {Reason}", e.Message);
            }
        }

        return directory is not null;
    }

    private enum Keep
    {
        Nothing,
        End,
        Directory,
    }
}
