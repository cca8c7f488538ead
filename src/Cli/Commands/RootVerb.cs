using System.CommandLine;
using System.CommandLine.Help;

namespace MimicCxr.Cli.Commands;

/// <summary>The whole command line: every verb, the global options and the help.</summary>
internal sealed class RootVerb : RootCommand, IShowsExamples
{
    /// <summary>Puts the verbs together.</summary>
    public RootVerb(CliHost host)
        : base("MIMIC-CXR as ordinary files: fetched from PhysioNet when touched, kept in your own S3 bucket or folder.")
    {
        Add(host.StateDirectoryOption);
        Add(new DemoVerb(host));
        Add(new LoginVerb(host));
        Add(new LogoutVerb(host));
        Add(new VerbGroup(
            "daemon",
            "The process behind mounts and API: run it in the foreground, start or stop it in the background.",
            "mimic-cxr daemon start --store s3://my-bucket/mimic --s3-region eu-central-1",
            new DaemonRunVerb(host),
            new DaemonStartVerb(host),
            new DaemonStopVerb(host)));
        Add(new MountVerb(host));
        Add(new UnmountVerb(host));
        Add(new StatusVerb(host));
        Add(new LsVerb(host));
        Add(new StatVerb(host));
        Add(new CatVerb(host));
        Add(new PrefetchVerb(host));
        Add(new JobsVerb(host));
        Add(new VerbGroup(
            "select",
            "Named sets of images, by label, view, split, date or sample.",
            "mimic-cxr select create pa15k --view PA --one-per-study --limit 15000",
            new SelectCreateVerb(host),
            new SelectListVerb(host),
            new SelectShowVerb(host),
            new SelectDeleteVerb(host),
            new SelectExportVerb(host)));
        Add(new VerifyVerb(host));
        Add(new VerbGroup(
            "cache",
            "What is kept in the spool and in the object store.",
            "mimic-cxr cache stats",
            new CacheStatsVerb(host),
            new CacheEvictVerb(host),
            new CacheRebuildIndexVerb(host)));
        Add(new CostVerb(host));
        foreach (var help in Options.OfType<HelpOption>())
        {
            help.Action = new HelpWithExamples((HelpAction)help.Action!);
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> Examples { get; } =
        ["mimic-cxr demo", "mimic-cxr login", "mimic-cxr mount ~/mimic", "mimic-cxr status"];
}
