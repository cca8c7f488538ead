using MimicCxr.V1;
using Spectre.Console;

namespace MimicCxr.Cli.Output;

/// <summary>Progress for people: one bar that redraws itself, with rate and time left.</summary>
internal static class JobBar
{
    /// <summary>Shows a bar on <paramref name="console"/> while <paramref name="follow"/> reports states of the job.</summary>
    public static Task<Job> ShowWhileAsync(IAnsiConsole console, Func<Action<Job>, Task<Job>> follow) =>
        console.Progress()
            .Columns(new ProgressBarColumn(), new PercentageColumn(), new TaskDescriptionColumn())
            .StartAsync(context =>
            {
                var bar = context.AddTask("starting", maxValue: 1).IsIndeterminate();
                return follow(job =>
                {
                    bar.IsIndeterminate = job.State == JobState.Queued;
                    bar.MaxValue = Math.Max(job.FilesTotal, 1);
                    bar.Value = job.FilesDone + job.FilesFailed;
                    bar.Description = Markup.Escape(JobLines.Describe(job));
                });
            });
}
