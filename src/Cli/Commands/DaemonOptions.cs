using System.CommandLine;

namespace MimicCxr.Cli.Commands;

/// <summary>
/// The daemon's options on a verb that may start it. They are handed over as they were typed; options that are not
/// known here are handed over too, so that a newer daemon gets its own.
/// </summary>
internal sealed class DaemonOptions
{
    /// <summary>The data set, which <c>mount</c> also needs for the call itself.</summary>
    public const string DataSet = "--dataset";

    /// <summary>Where reports are shown, which <c>mount</c> may choose for each mount.</summary>
    public const string Reports = "--reports";

    private static readonly DaemonOption[] Known =
    [
        new(DataSet, "SLUG/VERSION", "mimic-cxr-jpg/2.1.0 (default), mimic-cxr-jpg/2.0.0, mimic-cxr/2.1.0, mimic-cxr/2.0.0, indiana"),
        new("--origin", "URL", "where the files come from (default https://physionet.org); s3://BUCKET[/PREFIX] for a mirror in a bucket"),
        new("--origin-endpoint", "URL", "S3 endpoint of the mirror; https://storage.googleapis.com for Google's buckets"),
        new("--origin-region", "NAME", "region of the mirror"),
        new("--origin-path-style", null, "put the mirror's name into the path, as most servers but AWS want it"),
        new("--origin-profile", "NAME", "profile whose credentials the mirror takes (default: the usual AWS chain)"),
        new("--origin-requester-pays", null, "this account pays for what the mirror gives (AWS)"),
        new("--origin-project", "NAME", "project that pays for what the mirror gives (Google)"),
        new("--kaggle-endpoint", "URL", "where the Indiana collection comes from (default https://www.kaggle.com; account: KAGGLE_USERNAME and KAGGLE_KEY, or kaggle.json)"),
        new("--archive", "FILE", "the Indiana collection's zip on this machine, instead of Kaggle's"),
        new("--user-agent", "TEXT", "must start with Wget/ or libwfdb/ for PhysioNet"),
        new("--store", "URL", "s3://BUCKET[/PREFIX] or file:///DIR (default: a folder under the state directory)"),
        new("--s3-endpoint", "URL", "S3 endpoint of the store; credentials come from the usual AWS chain"),
        new("--s3-region", "NAME", "region of the store"),
        new("--s3-path-style", null, "put the bucket's name into the path, as most servers but AWS want it"),
        new("--s3-sse", "MODE", "none, AES256 or aws:kms[:KEY]"),
        new("--s3-storage-class", "NAME", "storage class of new objects, such as STANDARD_IA"),
        new("--allow-public-bucket", null, "use a bucket that strangers may read; the data set's terms forbid sharing"),
        new("--shared", null, "other machines write to the same store"),
        new("--spool-dir", "DIR", "local folder for files on their way"),
        new("--spool-size", "SIZE", "its limit, such as 4GiB"),
        new("--read-mode", "MODE", "auto, page-cache, passthrough or plain"),
        new(Reports, "PLACE", "reports beside each study's folder (default), inside it, both or none; read from mimic-cxr"),
        new("--allow-other", null, "other users of this machine may read the mount"),
        new("--concurrency", "N", "requests to the origin at a time (default 16)"),
        new("--on-mismatch", "RULE", "accept-repeatable or error: when the origin keeps serving what its checksum list denies"),
        new("--io-timeout", "TIME", "how long a read may wait for the network, such as 60s"),
        new("--log-level", "LEVEL", "the least important messages in STATE/daemon.log"),
    ];

    private readonly List<(DaemonOption Known, Option Option)> _options = [];

    /// <summary>Adds the options to a verb.</summary>
    public DaemonOptions(Command verb)
    {
        foreach (var known in Known)
        {
            Option option = known.Value is null
                ? new Option<bool>(known.Name) { Arity = ArgumentArity.Zero, Description = known.Description }
                : new Option<string>(known.Name) { HelpName = known.Value, Description = known.Description };
            _options.Add((known, option));
            verb.Add(option);
        }

        verb.TreatUnmatchedTokensAsErrors = false;
    }

    /// <summary>What was typed, for the daemon.</summary>
    public IReadOnlyList<string> Collect(ParseResult arguments) =>
        [.. _options.SelectMany(pair => Collect(arguments, pair.Known, pair.Option)), .. arguments.UnmatchedTokens];

    /// <summary>The value of an option, or empty.</summary>
    public static string ValueOf(ParseResult arguments, string option) => arguments.GetValue<string>(option) ?? "";

    private static IEnumerable<string> Collect(ParseResult arguments, DaemonOption known, Option option) =>
        arguments.GetResult(option) is { Implicit: false } result
            ? [known.Name, .. result.Tokens.Select(token => token.Value)]
            : [];
}
