using MimicCxr.Sandbox.Patients;
using MimicCxr.Sandbox.Pictures;

namespace MimicCxr.Sandbox.DataSets;

/// <summary>
/// Makes a data set with the layout of MIMIC-CXR and nothing real in it: pictures that decode, tables that join,
/// reports, right checksums. The place of every name and column: physionet.org/content/mimic-cxr-jpg and mimic-cxr.
/// </summary>
public static class SyntheticDataSet
{
    /// <summary>Writes a data set to ROOT/slug/version.</summary>
    /// <param name="root">The folder of all data sets; made if missing.</param>
    /// <param name="options">What to write.</param>
    /// <param name="cancellationToken">Stops early; what was written stays.</param>
    /// <returns>What was written.</returns>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    /// <exception cref="IOException">The data set's folder is not empty, or cannot be written.</exception>
    public static async Task<SyntheticDataSetCounts> WriteAsync(
        string root, SyntheticDataSetOptions options, CancellationToken cancellationToken = default)
    {
        options.Validate();
        var folder = Path.Combine(Path.GetFullPath(root), options.DataSet.Slug, options.DataSet.Version);
        if (Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any())
        {
            throw new IOException($"{folder} is not empty: remove it first");
        }

        Directory.CreateDirectory(folder);
        var patients = Population.Create(options.Patients, options.Images, options.Seed);
        var pictures = CreatePictures(options);
        var imageFiles = await ImageFiles.WriteAsync(folder, patients, pictures, options, cancellationToken).ConfigureAwait(false);

        var lists = new ListFolder(folder);
        if (options.DataSet.IsDicom)
        {
            await DicomLists.WriteAsync(lists, patients, options, cancellationToken).ConfigureAwait(false);
        }
        else
        {
            await JpgLists.WriteAsync(lists, patients, pictures, options, cancellationToken).ConfigureAwait(false);
        }

        await ChecksumList.WriteAsync(lists, patients, pictures.Extension, imageFiles, cancellationToken).ConfigureAwait(false);
        var studies = patients.SelectMany(patient => patient.Studies).ToList();
        return new SyntheticDataSetCounts(
            folder,
            patients.Count,
            studies.Count,
            studies.Count(study => study.Labelled),
            options.Images,
            imageFiles.Bytes,
            lists.Checksums.Count + (options.ListsOnly ? 0 : options.Images));
    }

    private static IPictureSource CreatePictures(SyntheticDataSetOptions options) => options switch
    {
        { ListsOnly: true } => new NominalPictures(options.DataSet.IsDicom ? ".dcm" : ".jpg"),
        { DataSet.IsDicom: true } => new DicomPictures(options.ImageBytes, options.Seed),
        _ => new JpegPictures(options.ImageBytes, options.Seed),
    };
}
