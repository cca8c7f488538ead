using MimicCxr.Sandbox.DataSets;

namespace MimicCxr.Sandbox.CommandLine;

/// <summary>The verb "make": writes data sets.</summary>
internal static class MakeCommand
{
    private const string Indiana = "indiana";

    /// <summary>Runs the verb.</summary>
    public static async Task RunAsync(ReadOnlyMemory<string> arguments, CancellationToken cancellationToken)
    {
        var given = new Arguments(arguments.Span, ["dataset", "patients", "images", "image-bytes", "seed", "reports-archive"], ["lists-only"]);
        var defaults = new SyntheticDataSetOptions();
        var wanted = given.All("dataset");
        var names = wanted.Count == 0 ? [defaults.DataSet] : wanted.Where(name => name != Indiana).Select(DataSetName.Parse).ToArray();
        if (wanted.Contains(Indiana))
        {
            var archive = IndianaArchive.PathBelow(given.Folder);
            var (studies, images) = (given.Number("patients") ?? defaults.Patients, given.Number("images") ?? defaults.Images);
            IndianaArchive.Write(archive, studies, images, given.Number("image-bytes") ?? defaults.ImageBytes, given.Number("seed") ?? defaults.Seed);
            Console.WriteLine($"{Indiana}: {studies} studies, {images} images in {archive}");
        }

        foreach (var name in names)
        {
            var options = new SyntheticDataSetOptions
            {
                DataSet = name,
                Patients = given.Number("patients") ?? defaults.Patients,
                Images = given.Number("images") ?? defaults.Images,
                ImageBytes = given.Number("image-bytes") ?? defaults.ImageBytes,
                Seed = given.Number("seed") ?? defaults.Seed,
                ListsOnly = given.Has("lists-only"),
                TarredReports = IsTar(given.Text("reports-archive")),
            };
            var counts = await SyntheticDataSet.WriteAsync(given.Folder, options, cancellationToken).ConfigureAwait(false);
            Console.WriteLine(
                $"{name}: {counts.Patients} patients, {counts.Studies} studies, {counts.Images} images, {counts.Files} files in {counts.Folder}");
        }
    }

    private static bool IsTar(string? archive) => archive switch
    {
        null or "zip" => false,
        "tar.gz" => true,
        _ => throw new UsageException($"option '--reports-archive' is '{archive}'; allowed: zip, tar.gz"),
    };
}
