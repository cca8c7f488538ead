using System.Globalization;
using System.Net;
using MimicCxr.Daemon.Cache;
using MimicCxr.Daemon.Catalog;
using MimicCxr.Daemon.Origin.Kaggle;
using MimicCxr.Daemon.Origin.Mirror;
using MimicCxr.Daemon.Origin.PhysioNet;
using MimicCxr.Daemon.S3;
using MimicCxr.Daemon.Store;
using MimicCxr.Daemon.Tree.Layers;
using MimicCxr.Fs.Fuse;
using Serilog.Events;

namespace MimicCxr.Daemon.Hosting;

/// <summary>Turns given texts into <see cref="DaemonOptions"/>. All errors are told together: which, what was given, what is allowed.</summary>
internal sealed class OptionsValidator
{
    private const string PhysioNet = "physionet.org";
    private const string BucketScheme = "s3://";
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
        var dataSet = DataSet();
        var mirror = Mirror(dataSet);
        var origin = Origin();
        var shared = Switch("shared");
        var (bucket, folder) = Store(state, shared);
        return new DaemonOptions
        {
            State = state,
            DataSet = dataSet,
            Origin = origin,
            Mirror = mirror,
            KaggleEndpoint = Server("kaggle-endpoint", KaggleOptions.DefaultEndpoint),
            Archive = Archive(),
            UserAgent = UserAgent(origin),
            Concurrency = (int)Number("concurrency", 16, 1, 256),
            Bucket = bucket,
            StoreDirectory = folder,
            Shared = shared,
            SpoolDirectory = SpoolDirectory(state),
            SpoolSize = SpoolSize(),
            ReadMode = Choice(
                "read-mode",
                ReadMode.Auto,
                ("auto", ReadMode.Auto),
                ("page-cache", ReadMode.PageCache),
                ("passthrough", ReadMode.Passthrough),
                ("plain", ReadMode.Plain)),
            AllowOther = Switch("allow-other"),
            Reports = Choice("reports", ReportPlaces.Beside, ReportPlacesNames.All),
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

        return DataSetDefinition.Find(given.Text) ?? Wrong(given, "one of " + string.Join(", ", DataSetDefinition.Names), fallback);
    }

    private Uri Origin()
    {
        var fallback = new Uri("https://" + PhysioNet);
        return _given.Find("origin") is { } given && IsMirror(given) ? fallback : Server("origin", fallback, ", or s3://BUCKET[/PREFIX]");
    }

    /// <summary>A server that is told a password.</summary>
    private Uri Server(string name, Uri fallback, string orElse = "")
    {
        if (_given.Find(name) is not { } given)
        {
            return fallback;
        }

        if (!Uri.TryCreate(given.Text, UriKind.Absolute, out var uri) || uri.UserInfo.Length > 0 || uri.PathAndQuery != "/")
        {
            return Wrong(given, $"an address without a path, as in {fallback.GetLeftPart(UriPartial.Authority)}{orElse}", fallback);
        }

        return uri.Scheme == Uri.UriSchemeHttps || (uri.Scheme == Uri.UriSchemeHttp && IsLoopback(uri))
            ? uri
            : Wrong(given, "https (plain http only to this machine: the password would travel readable)", fallback);
    }

    private string? Archive() => _given.Find("archive") is not { } given ? null
        : File.Exists(given.Text) ? Path.GetFullPath(given.Text)
        : Wrong<string?>(given, "a zip file that is there", null);

    private MirrorOptions? Mirror(DataSetDefinition dataSet)
    {
        var address = new S3Address("")
        {
            Endpoint = Endpoint("origin-endpoint"),
            Region = Region("origin-region"),
            PathStyle = Switch("origin-path-style"),
        };
        if (_given.Find("origin") is not { } given || !IsMirror(given))
        {
            string[] meaningless = ["origin-endpoint", "origin-region", "origin-path-style", "origin-profile", "origin-requester-pays", "origin-project"];
            _errors.AddRange(meaningless.Select(_given.Find).OfType<GivenOption>().Select(
                option => $"{option.Source} is for a mirror in a bucket: --origin s3://BUCKET[/PREFIX]."));
            return null;
        }

        if (SplitBucket(given.Text) is not var (bucket, prefix))
        {
            return Wrong<MirrorOptions?>(given, "s3://BUCKET[/PREFIX], with a bucket's name of 3 characters or more, or the ARN of an access point", null);
        }

        return new MirrorOptions
        {
            Address = address with { Bucket = bucket },
            Prefix = prefix,
            DataSet = dataSet.Id.ToString(),
            Profile = Text("origin-profile", "a profile's name"),
            RequesterPays = Switch("origin-requester-pays"),
            Project = Text("origin-project", "the project that pays, at Google"),
        };
    }

    private static bool IsMirror(GivenOption origin) => origin.Text.StartsWith(BucketScheme, StringComparison.Ordinal);

    /// <summary>Not by Uri: it would lower the case of a bucket's name and escape a prefix.</summary>
    private static (string Bucket, string Prefix)? SplitBucket(string url)
    {
        var parts = url.StartsWith(BucketScheme, StringComparison.Ordinal) ? url[BucketScheme.Length..].Split('/', 2) : [""];
        if (parts is [var arn, var rest] && arn.StartsWith("arn:", StringComparison.Ordinal) && arn.EndsWith(":accesspoint", StringComparison.Ordinal))
        {
            var further = rest.Split('/', 2);
            parts = [$"{arn}/{further[0]}", .. further[1..]];
        }

        return parts[0].Length >= 3 && parts[0].All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_' or ':' or '/')
            ? (parts[0], parts.Length == 2 ? parts[1].Trim('/') : "")
            : null;
    }

    private static bool IsLoopback(Uri uri) => uri.Host == "localhost" || (IPAddress.TryParse(uri.Host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));

    private string UserAgent(Uri origin)
    {
        if (_given.Find("user-agent") is not { } given)
        {
            return PhysioNetOptions.DefaultUserAgent;
        }

        var agent = given.Text;
        var isPrintable = agent.Length > 0 && agent.All(c => c is >= ' ' and <= '~');
        var isTaken = origin.Host != PhysioNet || agent.StartsWith("Wget/", StringComparison.Ordinal) || agent.StartsWith("libwfdb/", StringComparison.Ordinal);
        return isPrintable && isTaken
            ? agent
            : Wrong(given, "printable ASCII; PhysioNet takes passwords only from agents that start with Wget/ or libwfdb/", "");
    }

    private (S3Options? Bucket, string Folder) Store(StateDirectory state, bool shared)
    {
        // Checked even where the store is a folder: what is wrong should not wait until it is a bucket.
        var bucket = new S3Options
        {
            Bucket = "",
            Endpoint = Endpoint("s3-endpoint"),
            Region = Region("s3-region"),
            PathStyle = Switch("s3-path-style"),
            ServerSideEncryption = Encryption(),
            StorageClass = StorageClass(),
            AllowPublic = Switch("allow-public-bucket"),
            IsShared = shared,
        };
        if (_given.Find("store") is not { } given)
        {
            return (null, state.Store);
        }

        if (SplitBucket(given.Text) is var (name, prefix))
        {
            return (bucket with { Bucket = name, Prefix = prefix }, state.Store);
        }

        return Uri.TryCreate(given.Text, UriKind.Absolute, out var uri) && uri.IsFile && uri.Host.Length == 0
            ? (null, uri.LocalPath)
            : Wrong(given, "s3://BUCKET[/PREFIX] or file:///DIR, the bucket's name of 3 characters or more", ((S3Options?)null, state.Store));
    }

    private string? Region(string name) => Text(name, "a region's name, as in eu-central-1");

    private string? Text(string name, string allowed) => _given.Find(name) is not { } given ? null
        : given.Text.Length > 0 ? given.Text
        : Wrong<string?>(given, allowed, null);

    private Uri? Endpoint(string name) => _given.Find(name) is not { } given ? null
        : Uri.TryCreate(given.Text, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" ? uri
        : Wrong<Uri?>(given, "http(s)://HOST[:PORT]", null);

    private string Encryption() => _given.Find("s3-sse") is not { } given ? "none"
        : given.Text is "none" or "AES256" or "aws:kms" || given.Text.StartsWith("aws:kms:", StringComparison.Ordinal) ? given.Text
        : Wrong(given, "none, AES256 or aws:kms[:KEY]", "none");

    private string? StorageClass() => _given.Find("s3-storage-class") is not { } given ? null
        : given.Text.Length > 0 && given.Text.All(c => char.IsAsciiLetterUpper(c) || char.IsAsciiDigit(c) || c == '_') && !given.Text.Contains("GLACIER", StringComparison.Ordinal) && given.Text != "DEEP_ARCHIVE" ? given.Text
        : Wrong<string?>(given, "a class of the service whose objects can be read at once, as in STANDARD, STANDARD_IA, INTELLIGENT_TIERING", null);

    private string SpoolDirectory(StateDirectory state) => _given.Find("spool-dir") is not { } given ? state.Spool
        : given.Text.Length > 0 && !given.Text.Contains('\0', StringComparison.Ordinal) ? Path.GetFullPath(given.Text)
        : Wrong(given, "a folder's path", state.Spool);

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
