using MimicCxr.V1;
using Spectre.Console;
using Spectre.Console.Rendering;
using Status = MimicCxr.V1.Status;

namespace MimicCxr.Cli.Output;

/// <summary>Draws the daemon's status for people.</summary>
internal static class StatusView
{
    private const int BarWidth = 20;

    /// <summary>The whole picture.</summary>
    public static IRenderable Draw(Status status)
    {
        var rows = new List<IRenderable>
        {
            new Markup(
                $"[bold]mimic-cxr {Markup.Escape(status.Version)}[/]  up {Quantity.Duration(TimeSpan.FromSeconds(status.UptimeS))}, "
                + $"process {status.Pid}, {Quantity.Bytes(status.MemoryBytes)} of memory"),
            DrawDataSets(status),
            DrawMounts(status),
            DrawCounters(status),
        };
        if (status.Jobs.Count > 0)
        {
            rows.Add(JobTable.Draw(status.Jobs));
        }

        return new Rows(rows);
    }

    /// <summary>Only what is about caching.</summary>
    public static IRenderable DrawCache(Status status)
    {
        var grid = CreateGrid();
        AddSpool(grid, status.Spool ?? new());
        AddStore(grid, status.Store ?? new());
        AddReads(grid, status.Reads ?? new());
        return grid;
    }

    private static IRenderable DrawDataSets(Status status)
    {
        if (status.Datasets.Count == 0)
        {
            return new Markup("[dim]no data set is loaded yet[/]");
        }

        var table = CreateTable("Data set", "Files", "Directories", "Loaded in");
        foreach (var dataSet in status.Datasets)
        {
            table.AddRow(
                Markup.Escape(dataSet.Name),
                Quantity.Count(dataSet.Files),
                Quantity.Count(dataSet.Directories),
                Quantity.Duration(TimeSpan.FromMilliseconds(dataSet.CatalogueLoadedMs)));
        }

        return table;
    }

    private static IRenderable DrawMounts(Status status)
    {
        if (status.Mounts.Count == 0)
        {
            return new Markup("[dim]nothing is mounted[/]");
        }

        var table = CreateTable("Mounted at", "Data set", "Read mode");
        foreach (var mount in status.Mounts)
        {
            table.AddRow(Markup.Escape(mount.Mountpoint), Markup.Escape(mount.Dataset), Markup.Escape(mount.ReadMode));
        }

        // Several mounts of one data set have the same ones.
        var notes = status.Mounts.SelectMany(mount => mount.Notes).Distinct().Select(note => new Markup($"[yellow]{Markup.Escape(note)}[/]"));
        return new Rows([table, .. notes]);
    }

    private static Grid DrawCounters(Status status)
    {
        var grid = CreateGrid();
        AddSpool(grid, status.Spool ?? new());
        AddStore(grid, status.Store ?? new());
        var origin = status.Origin ?? new();
        grid.AddRow(
            "[bold]origin[/]",
            $"{Markup.Escape(origin.Url)}: {Quantity.Count(origin.Requests, "request", "requests")}, {Quantity.Bytes(origin.Bytes)}, "
            + $"{Quantity.Count(origin.Logins, "login", "logins")}, {Alarm(origin.Errors, "error", "errors")}{Pace(origin.PausedS, origin.Concurrency, origin.ConcurrencyLimit)}");
        AddReads(grid, status.Reads ?? new());
        return grid;
    }

    private static void AddSpool(Grid grid, SpoolStatus spool) => grid.AddRow(
        "[bold]spool[/]",
        $"{Bar(spool.Bytes, spool.LimitBytes)}{Quantity.Bytes(spool.Bytes)} of {Quantity.Bytes(spool.LimitBytes)}, "
        + $"{Quantity.Count(spool.Blobs, "file", "files")}, {Quantity.Count(spool.Pinned)} pinned, "
        + $"{Quantity.Count(spool.Evictions, "eviction", "evictions")}");

    private static void AddStore(Grid grid, StoreStatus store) => grid.AddRow(
        "[bold]store[/]",
        $"{Markup.Escape(store.Url)}: {Quantity.Count(store.Objects, "object", "objects")}, {Quantity.Bytes(store.Bytes)}, "
        + $"{Quantity.Count(store.PendingUploads, "upload", "uploads")} pending, "
        + Alarm(store.UploadErrors, "upload error", "upload errors")
        + (store.Copied > 0 ? $", {Quantity.Count(store.Copied)} copied from the mirror by the service" : "")
        + Pace(store.PausedS, store.Concurrency, store.ConcurrencyLimit)
        + (store.PubliclyReadable ? "; [red]the bucket is publicly readable[/], which --allow-public-bucket allowed" : "")
        + (store.NotTaking.Length > 0 ? $"; [red]takes nothing[/] {Markup.Escape(store.NotTaking)}" : ""));

    private static void AddReads(Grid grid, ReadsStatus reads)
    {
        grid.AddRow(
            "[bold]reads[/]",
            $"{Quantity.Count(reads.Count)} with {Quantity.Bytes(reads.Bytes)}; files from spool {Quantity.Count(reads.SpoolHits)}, "
            + $"store {Quantity.Count(reads.StoreHits)}, origin {Quantity.Count(reads.OriginFetches)}");
        grid.AddRow(
            "[bold]checks[/]",
            $"{Alarm(reads.VerifyFailures, "mismatch", "mismatches")}, "
            + $"{Quantity.Count(reads.OriginDisagreements, "file", "files")} that the origin's own list denies");
    }

    /// <summary>Said only where a server takes less than is allowed.</summary>
    private static string Pace(double pausedS, int concurrency, int limit) => pausedS switch
    {
        > 0 => $", [yellow]asked for a pause of {Math.Ceiling(pausedS):0} s more[/]",
        _ when concurrency < limit => $", {concurrency} of {limit} requests at a time",
        _ => "",
    };

    private static string Alarm(long count, string one, string many) =>
        count == 0 ? $"0 {many}" : $"[red]{Quantity.Count(count, one, many)}[/]";

    private static string Bar(long part, long whole)
    {
        if (whole <= 0)
        {
            return "";
        }

        var filled = (int)Math.Clamp((double)part / whole * BarWidth, 0, BarWidth);
        return $"[green]{new string('━', filled)}[/][dim]{new string('━', BarWidth - filled)}[/] ";
    }

    private static Grid CreateGrid() =>
        new Grid().AddColumn(new GridColumn().NoWrap().PadRight(2)).AddColumn(new GridColumn());

    private static Table CreateTable(params string[] columns)
    {
        var table = new Table().Border(TableBorder.Simple);
        foreach (var column in columns)
        {
            table.AddColumn(new TableColumn(column).NoWrap());
        }

        return table;
    }
}
