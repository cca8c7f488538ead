using Microsoft.Extensions.Logging;
using MimicCxr.Daemon.Archives.Zip;
using MimicCxr.Daemon.Cache;
using MimicCxr.Daemon.Origin;

namespace MimicCxr.Daemon.Archives;

/// <summary>An archive that can be had, its end read if that is cheap, and what is in memory of it. All of one version.</summary>
internal sealed class OpenedArchive
{
    private readonly Lock _keeping = new();
    private readonly CancellationToken _stopping;
    private Keep _kept; // under _keeping
    private volatile RangedZip? _zip;
    private Task<RangedZip>? _beginning; // under _keeping

    private OpenedArchive(int generation, IArchiveSource source, RangedZip? zip, CancellationToken stopping) =>
        (Generation, Source, _zip, _stopping) = (generation, source, zip, stopping);

    /// <summary>Which of the archives it is that the origin had in this run.</summary>
    public int Generation { get; }

    /// <summary>Where its bytes are.</summary>
    public IArchiveSource Source { get; }

    /// <summary>Its members; null before <see cref="BeginAsync"/> where all of it has to come first.</summary>
    public RangedZip? Zip => _zip;

    /// <summary>Those read last.</summary>
    public MemberTexts Texts { get; } = new();

    /// <summary>Opens an archive: with the directory that an earlier run kept, which asks nobody, else by reading its end.</summary>
    /// <param name="generation">See <see cref="Generation"/>.</param>
    /// <param name="forms">The archive.</param>
    /// <param name="kept">The file that keeps the directory.</param>
    /// <param name="stopping">Ends it, and requests that nobody may wait for any more.</param>
    /// <exception cref="OriginException">The archive cannot be had.</exception>
    /// <exception cref="CacheException">The spool is too small for it.</exception>
    /// <exception cref="ArchiveException">It is none that can be read.</exception>
    public static async Task<OpenedArchive> OpenAsync(int generation, ArchiveForms forms, string kept, CancellationToken stopping)
    {
        if (ZipDirectoryFile.TryRead(kept) is { } found)
        {
            var known = forms.Open(found.Version);
            await known.PrepareAsync(mayAsk: false, stopping).ConfigureAwait(false);
            return new OpenedArchive(generation, known, new RangedZip(known, found.End, found.Directory, stopping), stopping)
            {
                _kept = found.Directory is null ? Keep.End : Keep.Directory,
            };
        }

        var source = forms.Open(null);
        try
        {
            return await OpenAsync(generation, source, stopping).ConfigureAwait(false);
        }
        catch (OriginException e) when (e.Error == OriginError.NotFound && !source.OpensLate)
        {
            if (await forms.FindPackedAsync(stopping).ConfigureAwait(false) is not { } packed)
            {
                throw;
            }

            return await OpenAsync(generation, packed, stopping).ConfigureAwait(false);
        }
    }

    /// <summary>Its members, for which all of it is brought if that has to be.</summary>
    /// <exception cref="OriginException">The archive cannot be had.</exception>
    /// <exception cref="CacheException">The spool is too small for it, or it is damaged.</exception>
    /// <exception cref="ArchiveException">It is none that can be read.</exception>
    public Task<RangedZip> BeginAsync()
    {
        lock (_keeping)
        {
            if (_zip is { } zip)
            {
                return Task.FromResult(zip);
            }

            return _beginning is null or { IsCompleted: true, IsCompletedSuccessfully: false } ? _beginning = Task.Run(ReadEndAsync, _stopping) : _beginning;
        }

        async Task<RangedZip> ReadEndAsync() => _zip = await RangedZip.OpenAsync(Source, _stopping, _stopping).ConfigureAwait(false);
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
        if (_zip is not { } zip)
        {
            return false;
        }

        var directory = zip.Directory;
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
                ZipDirectoryFile.Write(kept, version, zip.End, directory);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                logger.LogWarning("The directory of the archive of reports could not be kept and will be read again by the next run: {Reason}", e.Message);
            }
        }

        return directory is not null;
    }

    private static async Task<OpenedArchive> OpenAsync(int generation, IArchiveSource source, CancellationToken stopping)
    {
        await source.PrepareAsync(mayAsk: true, stopping).ConfigureAwait(false);
        var zip = source.OpensLate ? null : await RangedZip.OpenAsync(source, stopping, stopping).ConfigureAwait(false);
        return new OpenedArchive(generation, source, zip, stopping);
    }

    private enum Keep
    {
        Nothing,
        End,
        Directory,
    }
}
