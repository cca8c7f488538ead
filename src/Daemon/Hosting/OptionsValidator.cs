using System.Globalization;
using System.Net;
using MimicCxr.Daemon.Cache;
using MimicCxr.Daemon.Catalog;
using MimicCxr.Daemon.Origin;
using MimicCxr.Fs.Fuse;
using Serilog.Events;

namespace MimicCxr.Daemon.Hosting;

/// <summary>Turns given texts into <see cref="DaemonOptions"/>. All errors are told together: which, what was given, what is allowed.</summary>
internal sealed class OptionsValidator
{
    private const long SmallestSpool = 1 << 20;

    private readonly OptionsReader _given;
    private readonly List<string> _errors;

    private OptionsValidator(OptionsReader given) => (_given, _errors) = (given, given.Errors);

    /// <summary>Validates.</summary>
    /// <exception cref="StartException">Something is wrong, exit code 2.</exception>
    public static DaemonOptions Validate(OptionsReader given)
    {
        var validator = new OptionsValidator(given);
        var options = validator.Build();
        return validator._errors.Count == 0 ? options : throw new StartException(ExitCode.WrongUsage, string.Join(System.Environment.NewLine, validator._errors));
    }

    private DaemonOptions Build()
    {
        var state = _given.State;
        var (bucket, folder) = Store(state);
        return new DaemonOptions
        {
            State = state,
            DataSet = DataSet(),
            Origin = Origin(),
            UserAgent = UserAgent(),
            Concurrency = (int)Number("concurrency", 16, 1, 256),
            Bucket = bucket,
            StoreDirectory = folder,
            Shared = Switch("shared"),
            SpoolDirectory = _given.Find("spool-dir") is { } spool ? Path.GetFullPath(spool.Text) : state.Spool,
            SpoolSize = SpoolSize(),
            ReadMode = Choice("read-mode", ReadMode.PageCache, ("auto", ReadMode.PageCache), ("page-cache", ReadMode.PageCache), ("plain", ReadMode.Plain)),
            AllowOther = Switch("allow-other"),
            OnMismatch = Choice(
                "on-mismatch", MismatchPolicy.AcceptRepeatable, ("accept-repeatable", MismatchPolicy.AcceptRepeatable), ("error", MismatchPolicy.Error)),
            IoTimeout = Time("io-timeout", TimeSpan.FromSeconds(60)),
            LogLevel = Choice(
                "log-level",
                LogEventLevel.Information,
                ("trace", LogEventLevel.Verbose),
                ("debug", LogEventLevel.Debug),
                ("info", LogEventLevel.Information),
                ("warning", LogEventLevel.Warning),
                ("error", LogEventLevel.Error)),
        };
    }

    private DataSetDefinition DataSet()
    {
        var fallback = DataSetDefinition.Find(new DataSetId("mimic-cxr-jpg", "2.1.0"))!;
        if (_given.Find("dataset") is not { } given)
        {
            return fallback;
        }

        var known = DataSetId.TryParse(given.Text, out var id) ? DataSetDefinition.Find(id) : null;
        return known ?? Wrong(given, "one of " + string.Join(", ", DataSetDefinition.Names), fallback);
    }

    private Uri Origin()
    {
        var fallback = new Uri("https://physionet.org");
        if (_given.Find("origin") is not { } given)
        {
            return fallback;
        }

        if (!Uri.TryCreate(given.Text, UriKind.Absolute, out var uri) || uri.UserInfo.Length > 0 || uri.AbsolutePath != "/")
        {
            return Wrong(given, "an address without a path, as in https://physionet.org", fallback);
        }

        return uri.Scheme == Uri.UriSchemeHttps || (uri.Scheme == Uri.UriSchemeHttp && IsLoopback(uri))
            ? uri
            : Wrong(given, "https (plain http only to this machine: the password would travel readable)", fallback);
    }

    private static bool IsLoopback(Uri uri) => uri.Host == "localhost" || (IPAddress.TryParse(uri.Host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));

    private string UserAgent()
    {
        var given = _given.Find("user-agent");
        return given is null || (given.Text.Length > 0 && given.Text.All(c => c is >= ' ' and <= '~'))
            ? given?.Text ?? PhysioNetOptions.DefaultUserAgent
            : Wrong(given, "printable ASCII; PhysioNet takes passwords only from agents that start with Wget/ or libwfdb/", "");
    }

    private (S3Options? Bucket, string Folder) Store(StateDirectory state)
    {
        if (_given.Find("store") is not { } given)
        {
            return (null, state.Store);
        }

        const string Allowed = "s3://BUCKET[/PREFIX] or file:///DIR";
        if (!Uri.TryCreate(given.Text, UriKind.Absolute, out var uri))
        {
            return Wrong(given, Allowed, ((S3Options?)null, state.Store));
        }

        if (uri.IsFile && uri.Host.Length == 0)
        {
            return (null, uri.LocalPath);
        }

        // Not Uri's parts: it would lower the case of a bucket's name and escape a prefix.
        var parts = given.Text.StartsWith("s3://", StringComparison.Ordinal) ? given.Text[5..].Split('/', 2) : [""];
        return parts[0].Length < 3
            ? Wrong(given, Allowed + ", the bucket's name of 3 characters or more", ((S3Options?)null, state.Store))
            : (new S3Options
            {
                Bucket = parts[0],
                Prefix = parts.Length == 2 ? parts[1].Trim('/') : "",
                Endpoint = Endpoint(),
                Region = _given.Find("s3-region")?.Text,
                PathStyle = Switch("s3-path-style"),
                ServerSideEncryption = Encryption(),
            }, state.Store);
    }

    private Uri? Endpoint() => _given.Find("s3-endpoint") is not { } given ? null
        : Uri.TryCreate(given.Text, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" ? uri
        : Wrong<Uri?>(given, "http(s)://HOST[:PORT]", null);

    private string Encryption() => _given.Find("s3-sse") is not { } given ? "none"
        : given.Text is "none" or "AES256" or "aws:kms" || given.Text.StartsWith("aws:kms:", StringComparison.Ordinal) ? given.Text
        : Wrong(given, "none, AES256 or aws:kms[:KEY]", "none");

    private long SpoolSize() => _given.Find("spool-size") is not { } given ? 4L << 30
        : Quantities.TryParseBytes(given.Text, out var bytes) && bytes >= SmallestSpool ? bytes
        : Wrong(given, "a size of at least 1MiB, as in 4GiB or 500MB", SmallestSpool);

    private TimeSpan Time(string name, TimeSpan fallback) => _given.Find(name) is not { } given ? fallback
        : Quantities.TryParseTime(given.Text, out var time) && time <= TimeSpan.FromDays(1) ? time
        : Wrong(given, "a time of at most a day, as in 60s or 2m", fallback);

    private long Number(string name, long fallback, long least, long most) => _given.Find(name) is not { } given ? fallback
        : long.TryParse(given.Text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most ? number
        : Wrong(given, $"a whole number from {least} to {most}", fallback);

    private bool Switch(string name) => Choice(name, false, ("true", true), ("1", true), ("false", false), ("0", false));

    private T Choice<T>(string name, T fallback, params (string Text, T Value)[] choices)
    {
        if (_given.Find(name) is not { } given)
        {
            return fallback;
        }

        var found = Array.FindIndex(choices, choice => choice.Text == given.Text);
        return found >= 0 ? choices[found].Value : Wrong(given, "one of " + string.Join(", ", choices.Select(choice => choice.Text)), fallback);
    }

    private T Wrong<T>(GivenOption given, string allowed, T fallback)
    {
        _errors.Add($"{given.Source} was given '{given.Text}'; allowed is {allowed}.");
        return fallback;
    }
}
