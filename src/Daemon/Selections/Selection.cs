using MimicCxr.Daemon.Catalog;

namespace MimicCxr.Daemon.Selections;

/// <summary>A named set of images, as it was when it was made. Which ones they are, <see cref="SelectionStore.Files"/> tells.</summary>
/// <param name="Id">Never given to another one.</param>
/// <param name="DataSet">Whose images.</param>
/// <param name="Name">Unique in its data set.</param>
/// <param name="Query">What was asked for.</param>
/// <param name="Images">Images found.</param>
/// <param name="Studies">Studies that they belong to.</param>
/// <param name="Patients">Patients that they belong to.</param>
/// <param name="Created">When, to the second.</param>
internal sealed record Selection(
    long Id, DataSetId DataSet, string Name, ImageQuery Query, long Images, long Studies, long Patients, DateTimeOffset Created);
