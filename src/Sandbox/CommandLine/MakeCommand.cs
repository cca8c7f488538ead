using MimicCxr.Sandbox.DataSets;

namespace MimicCxr.Sandbox.CommandLine;

/// <summary>The verb "make": writes data sets.</summary>
internal static class MakeCommand
{
    /// <summary>Runs the verb.</summary>
    public static async Task RunAsync(ReadOnlyMemory<string> arguments, CancellationToken cancellationToken)
    {
        var given = new Arguments(arguments.Span, ["dataset", "patients", "images", "image-bytes", "seed"], ["lists-only"]);
        var defaults = new SyntheticDataSetOptions();
        var names = given.All("dataset").Count == 0 ? [defaults.DataSet] : given.All("dataset").Select(DataSetName.Parse).ToArray();
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
            };
            var counts = await SyntheticDataSet.WriteAsync(given.Folder, options, cancellationToken).ConfigureAwait(false);
            Console.WriteLine(
                $"{name}: {counts.Patients} patients, {counts.Studies} studies, {counts.Images} images, {counts.Files} files in {counts.Folder}");
        }
    }
}
