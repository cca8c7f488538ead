using MimicCxr.Cli.Output;
using Spectre.Console;
using Status = MimicCxr.V1.Status;

namespace MimicCxr.Cli.Demo;

/// <summary>What the demo shows.</summary>
internal sealed class DemoView(Terminal terminal)
{
    private int _step;

    /// <summary>Says what kind of thing this is.</summary>
    public void Begin() => Write("[bold]mimic-cxr demo[/]: all data is synthetic, and nothing leaves this machine.");

    /// <summary>One step that was taken.</summary>
    public void Step(string title, string description) =>
        Write($"{++_step}. [bold]{Markup.Escape(title),-9}[/] {Markup.Escape(description)}");

    /// <summary>What the two readings cost.</summary>
    public void Compare(DemoPass first, DemoPass second, DemoCounts atFirst, DemoCounts atSecond)
    {
        var table = new Table().Border(TableBorder.Simple)
            .AddColumn("")
            .AddColumn(new TableColumn("First read").RightAligned())
            .AddColumn(new TableColumn("Second read").RightAligned());
        table.AddRow("pictures", $"{first.Files}", $"{second.Files}");
        table.AddRow("bytes", Quantity.Bytes(first.Bytes), Quantity.Bytes(second.Bytes));
        table.AddRow("SHA-256 as listed", $"{first.Right} of {first.Files}", $"{second.Right} of {second.Files}");
        table.AddRow("time", Quantity.Duration(first.Time), Quantity.Duration(second.Time));
        table.AddRow("time a picture", Quantity.Duration(first.Time / first.Files), Quantity.Duration(second.Time / second.Files));
        table.AddRow("requests to the origin", $"{atFirst.Requests}", $"{atSecond.Requests}");
        table.AddRow("password checks there", $"{atFirst.PasswordChecks}", $"{atSecond.PasswordChecks}");
        terminal.OutConsole.Write(table);
        terminal.Out.Flush();
    }

    /// <summary>What is kept now.</summary>
    public void Kept(Status status)
    {
        terminal.OutConsole.Write(StatusView.DrawCache(status));
        terminal.OutConsole.WriteLine();
        terminal.Out.Flush();
    }

    /// <summary>What to try while it is mounted.</summary>
    public void Invite(DemoPlace place, string program)
    {
        var state = $"{program} --state-dir {place.State.Path}";
        string[] lines =
        [
            $"The mount is at {place.MountPoint}. In another terminal, try:",
            "",
            $"  ls {place.MountPoint}/files/p10",
            $"  zcat {place.MountPoint}/mimic-cxr-2.0.0-metadata.csv.gz | head -3",
            $"  python3 -c \"import glob; print(len(open(glob.glob('{place.MountPoint}/files/p1*/*/*/*.jpg')[-1], 'rb').read()))\"",
            $"  {state} prefetch --all",
            $"  {state} status",
            "",
            "Ctrl-C ends the demo and removes everything it made.",
        ];
        foreach (var line in lines)
        {
            // Not through the console: a command that was wrapped cannot be copied.
            terminal.Out.WriteLine(line);
        }

        terminal.Out.Flush();
    }

    private void Write(string markup)
    {
        terminal.OutConsole.MarkupLine(markup);
        terminal.Out.Flush();
    }
}
