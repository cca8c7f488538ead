namespace MimicCxr.Cli.Commands;

/// <summary><c>jobs</c>: alone it lists; below it is what can be done with one.</summary>
internal sealed class JobsVerb : JobsListVerb
{
    /// <summary>Creates the verb and those below it.</summary>
    public JobsVerb(CliHost host)
        : base(host, "jobs", "Jobs of the daemon: lists them, or shows, watches, cancels or retries one.", "mimic-cxr jobs", "mimic-cxr jobs watch 3")
    {
        Add(new JobsListVerb(host, "list", "Lists the jobs that run and the last 100 that have ended.", "mimic-cxr jobs list --json"));
        Add(new JobsShowVerb(host));
        Add(new JobsWatchVerb(host));
        Add(new JobsCancelVerb(host));
        Add(new JobsRetryVerb(host));
    }
}
