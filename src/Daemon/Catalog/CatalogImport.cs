namespace MimicCxr.Daemon.Catalog;

/// <summary>
/// Makes a catalogue from the list files of a release. The checksum list alone names every file; the image list is
/// read only where the checksum list is missing or names no images.
/// </summary>
internal static class CatalogImport
{
    /// <summary>Opens a list file of the data set by name; throws <see cref="FileNotFoundException"/> where the release has none.</summary>
    public delegate Task<Stream> OpenListFile(string name, CancellationToken cancellationToken);

    /// <summary>Imports the catalogue.</summary>
    /// <exception cref="InvalidDataException">A list file is not one, or there is none.</exception>
    public static async Task<CatalogSnapshot> RunAsync(DataSetDefinition dataSet, OpenListFile open, CancellationToken cancellationToken)
    {
        var files = new PathList();
        var hasChecksums = await TryReadAsync(
            DataSetDefinition.ChecksumList, (list, into, token) => ListFileReader.ReadChecksumsAsync(list, into, token)).ConfigureAwait(false);
        if (!hasChecksums || !NamesImages(files))
        {
            var hasImages = await TryReadAsync(
                dataSet.ImageList, (list, into, token) => ListFileReader.ReadImagePathsAsync(list, dataSet.ImageList, into, token)).ConfigureAwait(false);
            if (!hasImages)
            {
                throw new InvalidDataException(
                    $"{dataSet.Id} has neither a {DataSetDefinition.ChecksumList} that names images nor {dataSet.ImageList}. Is the address of the origin right?");
            }
        }

        return CatalogBuilder.Build(files);

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
            files.Add(System.Text.Encoding.UTF8.GetBytes(name), default);
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
