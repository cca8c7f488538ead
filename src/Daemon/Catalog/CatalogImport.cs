using System.Security.Cryptography;
using System.Text;

namespace MimicCxr.Daemon.Catalog;

/// <summary>
/// Makes a catalogue from the list files of a release. The checksum list alone names every file; the image list is
/// read only where the checksum list is missing or names no images. The list of an archive names every file and its length.
/// </summary>
internal static class CatalogImport
{
    /// <summary>Opens a list file of the data set by name; throws <see cref="FileNotFoundException"/> where the release has none.</summary>
    public delegate Task<Stream> OpenListFile(string name, CancellationToken cancellationToken);

    /// <summary>Imports the catalogue.</summary>
    /// <exception cref="InvalidDataException">A list file is not one, or there is none.</exception>
    public static async Task<ImportedCatalog> RunAsync(DataSetDefinition dataSet, OpenListFile open, CancellationToken cancellationToken)
    {
        var files = new PathList();
        await (dataSet.IsArchive ? ReadArchiveListAsync(dataSet, open, files, cancellationToken) : ReadListsAsync(dataSet, open, files, cancellationToken)).ConfigureAwait(false);
        var snapshot = CatalogBuilder.Build(files);
        // Sorted by now, so a path's place is its file's ordinal.
        return new ImportedCatalog(snapshot, [.. Enumerable.Range(0, files.Count).Select(files.Length)]);
    }

    private static async Task ReadArchiveListAsync(DataSetDefinition dataSet, OpenListFile open, PathList files, CancellationToken cancellationToken)
    {
        Stream list;
        try
        {
            list = await open(dataSet.List, cancellationToken).ConfigureAwait(false);
        }
        catch (FileNotFoundException e)
        {
            throw new InvalidDataException(e.Message, e);
        }

        await using (list.ConfigureAwait(false))
        {
            // Its own checksum stands for all that is listed: another edition of the archive has another.
            var sha256 = await SHA256.HashDataAsync(list, cancellationToken).ConfigureAwait(false);
            list.Position = 0;
            await ListFileReader.ReadArchiveListAsync(list, files, cancellationToken).ConfigureAwait(false);
            files.Add(Encoding.UTF8.GetBytes(dataSet.List), sha256, list.Position);
        }
    }

    private static async Task ReadListsAsync(DataSetDefinition dataSet, OpenListFile open, PathList files, CancellationToken cancellationToken)
    {
        var hasChecksums = await TryReadAsync(
            DataSetDefinition.ChecksumList, (list, into, token) => ListFileReader.ReadChecksumsAsync(list, into, token)).ConfigureAwait(false);
        if (!hasChecksums || !NamesImages(files))
        {
            var images = dataSet.ImageList!;
            var hasImages = await TryReadAsync(
                images, (list, into, token) => ListFileReader.ReadImagePathsAsync(list, images, into, token)).ConfigureAwait(false);
            if (!hasImages)
            {
                throw new InvalidDataException(
                    $"{dataSet.Id} has neither a {DataSetDefinition.ChecksumList} that names images nor {images}. Is the address of the origin right?");
            }
        }

        async Task<bool> TryReadAsync(string name, Func<Stream, PathList, CancellationToken, Task> read)
        {
            Stream list;
            try
            {
                list = await open(name, cancellationToken).ConfigureAwait(false);
            }
            catch (FileNotFoundException)
            {
                return false;
            }

            await using (list.ConfigureAwait(false))
            {
                await read(list, files, cancellationToken).ConfigureAwait(false);
            }

            // No list names itself.
            files.Add(Encoding.UTF8.GetBytes(name), default);
            return true;
        }
    }

    private static bool NamesImages(PathList files)
    {
        for (var i = 0; i < files.Count; i++)
        {
            if (files.Path(i).StartsWith("files/"u8))
            {
                return true;
            }
        }

        return false;
    }
}
