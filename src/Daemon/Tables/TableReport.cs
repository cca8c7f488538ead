namespace MimicCxr.Daemon.Tables;

/// <summary>What became of the rows of a table.</summary>
/// <param name="File">The table's name.</param>
/// <param name="Rows">Rows in it.</param>
/// <param name="Foreign">Rows left out because they name no image or study of the data set.</param>
/// <param name="Malformed">Rows left out because they have other columns than the header, or a value that is none.</param>
internal sealed record TableReport(string File, long Rows, long Foreign, long Malformed);
