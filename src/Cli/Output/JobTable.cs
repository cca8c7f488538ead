using MimicCxr.V1;
using Spectre.Console;

namespace MimicCxr.Cli.Output;

/// <summary>Jobs as a table, one a row.</summary>
internal static class JobTable
{
    /// <summary>Draws it.</summary>
    public static Table Draw(IEnumerable<Job> jobs)
    {
        var table = new Table().Border(TableBorder.Simple);
        foreach (var column in new[] { "Job", "State", "Files", "Bytes", "Failed", "What" })
        {
            table.AddColumn(new TableColumn(column).NoWrap());
        }

        foreach (var job in jobs)
        {
            table.AddRow(
                Markup.Escape(job.Id),
                job.Waiting is null ? JobDocument.StateName(job.State) : "waiting",
                $"{Quantity.Count(job.FilesDone)} of {Quantity.Count(job.FilesTotal)}",
                Quantity.Bytes(job.BytesDone),
                Quantity.Count(job.FilesFailed),
                Markup.Escape(job.Description));
        }

        return table;
    }
}
