using MimicCxr.Daemon.Cache;
using MimicCxr.Daemon.Origin.Mirror;
using MimicCxr.Daemon.S3;
using MimicCxr.Daemon.Store;
using MimicCxr.Fs.Fuse;
using Serilog.Events;

namespace MimicCxr.Daemon.Tests.Hosting;

public sealed class OptionsValidatorTests : OptionsTest
{
    [Fact]
    public void Validate_NothingGiven_IsTheDocumentedDefault()
    {
        var options = Read();

        Assert.Equal("mimic-cxr-jpg/2.1.0", options.DataSet.Id.ToString());
        Assert.Equal(new Uri("https://physionet.org"), options.Origin);
        Assert.StartsWith("Wget/", options.UserAgent, StringComparison.Ordinal);
        Assert.Contains("mimic-cxr", options.UserAgent, StringComparison.Ordinal);
        Assert.Null(options.Bucket);
        Assert.Equal(Path.Combine(StatePath, "store"), options.StoreDirectory);
        Assert.Equal(Path.Combine(StatePath, "spool"), options.SpoolDirectory);
        Assert.Equal(4L << 30, options.SpoolSize);
        Assert.Equal(16, options.Concurrency);
        Assert.Equal(MismatchPolicy.AcceptRepeatable, options.OnMismatch);
        Assert.Equal(TimeSpan.FromSeconds(60), options.IoTimeout);
        Assert.Equal(LogEventLevel.Information, options.LogLevel);
        Assert.False(options.AllowOther);
        Assert.False(options.Shared);
    }

    [Fact]
    public void Validate_EverythingGiven_IsTaken()
    {
        var options = Read(
            "--dataset", "mimic-cxr/2.1.0", "--origin", "https://mirror.example:8443", "--user-agent", "libwfdb/10.7",
            "--store", "s3://Bucket.of-mine/some/Prefix/", "--s3-endpoint", "http://127.0.0.1:7480", "--s3-region", "eu-west-1", "--s3-path-style",
            "--s3-sse", "aws:kms:key", "--s3-storage-class", "STANDARD_IA", "--allow-public-bucket", "--shared", "--spool-dir", "/fast/spool", "--spool-size", "20MB", "--read-mode", "plain",
            "--allow-other", "--concurrency", "256", "--on-mismatch", "error", "--io-timeout", "5m", "--log-level", "trace");

        Assert.Equal("mimic-cxr/2.1.0", options.DataSet.Id.ToString());
        Assert.Equal(new Uri("https://mirror.example:8443"), options.Origin);
        Assert.Equal("libwfdb/10.7", options.UserAgent);
        Assert.Equal(
            new S3Options
            {
                Bucket = "Bucket.of-mine",
                Prefix = "some/Prefix",
                Endpoint = new Uri("http://127.0.0.1:7480"),
                Region = "eu-west-1",
                PathStyle = true,
                ServerSideEncryption = "aws:kms:key",
                StorageClass = "STANDARD_IA",
                AllowPublic = true,
                IsShared = true,
            },
            options.Bucket);
        Assert.Equal("/fast/spool", options.SpoolDirectory);
        Assert.Equal(20_000_000, options.SpoolSize);
        Assert.Equal(ReadMode.Plain, options.ReadMode);
        Assert.Equal(256, options.Concurrency);
        Assert.Equal(MismatchPolicy.Error, options.OnMismatch);
        Assert.Equal(TimeSpan.FromMinutes(5), options.IoTimeout);
        Assert.Equal(LogEventLevel.Verbose, options.LogLevel);
        Assert.True(options.Shared && options.AllowOther);
    }

    [Fact]
    public void Validate_MirrorWithEverything_IsTaken()
    {
        var options = Read(
            "--dataset", "mimic-cxr/2.1.0", "--origin", "s3://Mirror.of-theirs/some/Prefix/", "--origin-endpoint", "https://storage.googleapis.com",
            "--origin-region", "auto", "--origin-path-style", "--origin-profile", "google", "--origin-requester-pays", "--origin-project", "paying-123");

        Assert.Equal(
            new MirrorOptions
            {
                Address = new S3Address("Mirror.of-theirs") { Endpoint = new Uri("https://storage.googleapis.com"), Region = "auto", PathStyle = true },
                Prefix = "some/Prefix",
                DataSet = "mimic-cxr/2.1.0",
                Profile = "google",
                RequesterPays = true,
                Project = "paying-123",
            },
            options.Mirror);
    }

    [Theory]
    [InlineData("s3://arn:aws:s3:us-east-1:123456789012:accesspoint/point/some/prefix", "arn:aws:s3:us-east-1:123456789012:accesspoint/point", "some/prefix")]
    [InlineData("s3://arn:aws:s3:us-east-1:123456789012:accesspoint:point/prefix", "arn:aws:s3:us-east-1:123456789012:accesspoint:point", "prefix")]
    [InlineData("s3://point-abcdefgh-s3alias", "point-abcdefgh-s3alias", "")]
    public void Validate_MirrorByAccessPoint_IsTaken(string origin, string bucket, string prefix)
    {
        var mirror = Read("--origin", origin).Mirror!;

        Assert.Equal((bucket, prefix), (mirror.Address.Bucket, mirror.Prefix));
    }

    [Theory]
    [InlineData("--origin-endpoint", "http://127.0.0.1:1")]
    [InlineData("--origin-region", "eu-west-1")]
    [InlineData("--origin-profile", "mine")]
    [InlineData("--origin-project", "mine")]
    [InlineData("--origin-requester-pays", null)]
    [InlineData("--origin-path-style", null)]
    public void Validate_OptionOfMirrorsWithoutOne_IsWrong(string option, string? value)
    {
        var error = Assert.Single(Errors(value is null ? [option] : [option, value]));

        Assert.Contains(option, error, StringComparison.Ordinal);
        Assert.Contains("s3://", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("s3://")]
    [InlineData("s3://ab")]
    [InlineData("s3:///prefix")]
    public void Validate_MirrorWithoutABucket_IsWrong(string origin) => Assert.Contains("s3://BUCKET", Assert.Single(Errors("--origin", origin)), StringComparison.Ordinal);

    [Theory]
    [InlineData("http://127.0.0.1:8080")]
    [InlineData("http://localhost")]
    [InlineData("http://[::1]:8080")]
    [InlineData("https://physionet.org/")]
    public void Validate_Origin_HttpsOrThisMachine(string origin) => Assert.Equal(new Uri(origin), Read("--origin", origin).Origin);

    [Fact]
    public void Validate_Indiana_FromKaggleOrAFile()
    {
        WriteConfig("{}");

        var kaggle = Read("--dataset", "indiana");
        var file = Read("--dataset", "indiana/2", "--archive", ConfigPath, "--kaggle-endpoint", "http://127.0.0.1:8080");

        Assert.Equal("indiana/2", kaggle.DataSet.Id.ToString());
        Assert.Equal((new Uri("https://www.kaggle.com"), null), (kaggle.KaggleEndpoint, kaggle.Archive));
        Assert.Equal("indiana/2", file.DataSet.Id.ToString());
        Assert.Equal((new Uri("http://127.0.0.1:8080"), ConfigPath), (file.KaggleEndpoint, file.Archive));
    }

    [Theory]
    [InlineData("file:///data/store", "/data/store")]
    [InlineData("file:///data/a%20b", "/data/a b")]
    public void Validate_StoreInAFolder_IsThatFolder(string store, string folder)
    {
        var options = Read("--store", store);

        Assert.Null(options.Bucket);
        Assert.Equal(folder, options.StoreDirectory);
    }

    [Theory]
    [InlineData("dataset", "mimic-cxr-jpg", "mimic-cxr-jpg/2.1.0")]
    [InlineData("dataset", "mimic-cxr-jpg/9.9.9", "mimic-cxr-jpg/2.1.0")]
    [InlineData("dataset", "../etc", "mimic-cxr-jpg/2.1.0")]
    [InlineData("dataset", "indiana/1", "indiana/2")]
    [InlineData("kaggle-endpoint", "http://kaggle.example", "https")]
    [InlineData("kaggle-endpoint", "https://www.kaggle.com/api", "without a path")]
    [InlineData("archive", "/no/such/file.zip", "a zip file")]
    [InlineData("origin", "physionet.org", "https://")]
    [InlineData("origin", "http://physionet.org", "https")]
    [InlineData("origin", "http://127.0.0.1.evil.example", "https")]
    [InlineData("origin", "ftp://physionet.org", "https")]
    [InlineData("origin", "https://physionet.org/files", "without a path")]
    [InlineData("origin", "https://physionet.org/?a=b", "without a path")]
    [InlineData("origin", "https://me:secret@physionet.org", "without a path")]
    [InlineData("origin", "ftp://mirror.example", "https")]
    [InlineData("user-agent", "", "Wget/")]
    [InlineData("user-agent", "Wget/1\t", "Wget/")]
    [InlineData("user-agent", "Wgét/1", "Wget/")]
    [InlineData("user-agent", "curl/8", "Wget/")]
    [InlineData("store", "", "file:///DIR")]
    [InlineData("store", "bucket", "s3://BUCKET")]
    [InlineData("store", "s3://", "s3://BUCKET")]
    [InlineData("store", "s3://ab", "s3://BUCKET")]
    [InlineData("store", "s3://key:secret@bucket", "s3://BUCKET")]
    [InlineData("store", "gs://bucket", "s3://BUCKET")]
    [InlineData("store", "file://host/dir", "file:///DIR")]
    [InlineData("s3-endpoint", "127.0.0.1:7480", "http(s)://")]
    [InlineData("s3-endpoint", "ftp://x", "http(s)://")]
    [InlineData("s3-region", "", "region")]
    [InlineData("s3-sse", "AES", "AES256")]
    [InlineData("s3-storage-class", "DEEP_ARCHIVE", "STANDARD_IA")]
    [InlineData("s3-path-style", "yes", "true")]
    [InlineData("shared", "maybe", "true")]
    [InlineData("allow-other", "", "true")]
    [InlineData("spool-dir", "", "folder")]
    [InlineData("spool-size", "1023KiB", "1MiB")]
    [InlineData("spool-size", "-4GiB", "4GiB")]
    [InlineData("spool-size", "much", "4GiB")]
    [InlineData("read-mode", "fast", "page-cache")]
    [InlineData("concurrency", "0", "1 to 256")]
    [InlineData("concurrency", "257", "1 to 256")]
    [InlineData("concurrency", "-1", "1 to 256")]
    [InlineData("concurrency", "1.5", "1 to 256")]
    [InlineData("concurrency", "99999999999999999999", "1 to 256")]
    [InlineData("on-mismatch", "ignore", "accept-repeatable")]
    [InlineData("io-timeout", "0", "60s")]
    [InlineData("io-timeout", "25h", "60s")]
    [InlineData("io-timeout", "soon", "60s")]
    [InlineData("log-level", "loud", "trace")]
    public void Validate_WrongValue_IsToldWithOptionValueAndWhatIsAllowed(string name, string value, string allowed)
    {
        var error = Assert.Single(Errors($"--{name}={value}"));

        Assert.StartsWith($"--{name} was given '{value}'; allowed is ", error, StringComparison.Ordinal);
        Assert.Contains(allowed, error, StringComparison.Ordinal);
    }

    [Fact]
    public void Validate_UserAgentForAnotherServer_IsFree() =>
        Assert.Equal("curl/8", Read("--origin", "http://127.0.0.1:1", "--user-agent", "curl/8").UserAgent);

    [Fact]
    public void Validate_WrongVariable_IsNamedAsItStands()
    {
        Variables["MIMIC_CXR_SPOOL_SIZE"] = "tiny";

        Assert.StartsWith("MIMIC_CXR_SPOOL_SIZE was given 'tiny'", Assert.Single(Errors()), StringComparison.Ordinal);
    }

    [Fact]
    public void Validate_ManyErrors_AreToldTogether()
    {
        WriteConfig("""{ "unknown": 1, "log-level": "loud" }""");
        Variables["MIMIC_CXR_CONCURRENCY"] = "0";

        var errors = Errors("--store", "nowhere", "--s3-endpoint", "nowhere", "--s3-sse", "rot13", "--what", "--io-timeout", "0");

        Assert.Equal(8, errors.Length);
        Assert.All(
            new[] { "unknown", "log-level", "MIMIC_CXR_CONCURRENCY", "--store", "--s3-endpoint", "--s3-sse", "--what", "--io-timeout" },
            name => Assert.Single(errors, error => BeforeWhatIsKnown(error).Contains(name, StringComparison.Ordinal)));

        static string BeforeWhatIsKnown(string error) => error.Split(" Known are", 2)[0];
    }
}
