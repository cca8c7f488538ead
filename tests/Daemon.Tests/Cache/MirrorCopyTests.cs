using System.Security.Cryptography;
using Amazon.Runtime;
using Microsoft.Extensions.Logging.Abstractions;
using MimicCxr.Daemon.Cache;
using MimicCxr.Daemon.S3;
using MimicCxr.Daemon.Store;
using MimicCxr.Daemon.Tests.Support;

namespace MimicCxr.Daemon.Tests.Cache;

/// <summary>The service copies what the mirror tells the listed checksum of, and nothing else.</summary>
public sealed class MirrorCopyTests : IAsyncLifetime
{
    private const string StoreBucket = "store";
    private const string Name = "files/a.jpg";
    private const int Length = 100_000;

    private Mirror _mirror = null!;
    private S3ObjectStore _store = null!;
    private byte[] _bytes = [];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static string Copied => $"/{StoreBucket}/{Mirror.Ask(Name)}";

    private ObjectNote Listed => new(Convert.ToHexStringLower(SHA256.HashData(_bytes)), false);

    public async ValueTask InitializeAsync()
    {
        _mirror = await Mirror.StartAsync();
        _bytes = _mirror.Write(Name, Length);
        _store = new S3ObjectStore(
            new S3Options { Bucket = StoreBucket, Endpoint = _mirror.S3.Url, PathStyle = true, StorageClass = "STANDARD_IA" },
            [],
            TimeProvider.System,
            new S3Credentials(() => new BasicAWSCredentials("key-of-store", "secret")));
    }

    public async ValueTask DisposeAsync()
    {
        _store.Dispose();
        await _mirror.DisposeAsync();
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public async Task Try_MirrorTellsTheListedChecksum_IsCopiedByTheServiceWithItsNote(bool computed, bool noted)
    {
        Tell(computed ? Listed.Sha256 : null, noted ? Listed.Sha256 : null);

        Assert.Equal(Length, await NewCopy(requesterPays: true).TryAsync(Mirror.Ask(Name), Listed, Token));

        Assert.Equal(_bytes, _mirror.S3.Objects[Copied]);
        var put = Assert.Single(Copies);
        Assert.Equal("key-of-store", put.AccessKey);
        Assert.Equal(Listed.Sha256, put.Header("x-amz-meta-sha256"));
        Assert.Equal("*", put.Header("if-none-match"));
        Assert.Equal("REPLACE", put.Header("x-amz-metadata-directive"));
        Assert.Equal("STANDARD_IA", put.Header("x-amz-storage-class"));
        Assert.Equal("requester", put.Header("x-amz-request-payer"));
        // None of the bytes came here.
        Assert.Equal(0, _mirror.Counters.Bytes);
        Assert.DoesNotContain(_mirror.S3.Requests, seen => seen.Method == "GET" && seen.Path == Mirror.At(Name));
    }

    [Theory]
    [InlineData(null, null)]
    [InlineData("other", null)]
    [InlineData(null, "other")]
    [InlineData("other", "listed")]
    public async Task Try_MirrorDoesNotTellTheListedChecksum_IsNotCopied(string? computed, string? noted)
    {
        Tell(Text(computed), Text(noted));

        Assert.Null(await NewCopy().TryAsync(Mirror.Ask(Name), Listed, Token));

        Assert.Empty(Copies);

        string? Text(string? which) => which switch { "other" => new string('0', 64), "listed" => Listed.Sha256, _ => null };
    }

    [Fact]
    public async Task Try_ChecksumOfParts_SaysNothing()
    {
        _mirror.S3.Beside[Mirror.At(Name)] = new() { ["x-amz-checksum-sha256"] = Convert.ToBase64String(SHA256.HashData(_bytes)) + "-3" };

        Assert.Null(await NewCopy().TryAsync(Mirror.Ask(Name), Listed, Token));
        Assert.Empty(Copies);
    }

    [Fact]
    public async Task Try_NoteOfADisagreement_SaysNothing()
    {
        Tell(null, Listed.Sha256);
        _mirror.S3.Beside[Mirror.At(Name)]["x-amz-meta-origin-disagrees"] = "true";

        Assert.Null(await NewCopy().TryAsync(Mirror.Ask(Name), Listed, Token));
        Assert.Empty(Copies);
    }

    [Fact]
    public async Task Try_FileWithoutAListedChecksum_IsNotCopied()
    {
        Tell(Listed.Sha256, null);

        Assert.Null(await NewCopy().TryAsync(Mirror.Ask(Name), new ObjectNote(null, false), Token));
        Assert.Empty(_mirror.S3.Requests);
    }

    [Fact]
    public async Task Try_ServiceFindsAnotherChecksumInWhatItWrote_NothingIsLeft()
    {
        var note = Listed;
        // A note that is not true.
        var other = _mirror.Write(Name, Length, seed: 2);
        Tell(null, note.Sha256);
        _mirror.S3.ComputesChecksums = true;

        Assert.Null(await NewCopy().TryAsync(Mirror.Ask(Name), note, Token));

        Assert.NotEqual(note.Sha256, Convert.ToHexStringLower(SHA256.HashData(other)));
        Assert.Single(Copies);
        Assert.False(_mirror.S3.Objects.ContainsKey(Copied));
    }

    [Fact]
    public async Task Try_ObjectReplacedAfterItsChecksumWasTold_IsNotCopied()
    {
        var note = Listed;
        Tell(note.Sha256, null);
        _mirror.S3.Rule = seen =>
        {
            if (seen.Method == "PUT")
            {
                _mirror.Write(Name, Length, seed: 2);
            }

            return null;
        };

        Assert.Null(await NewCopy().TryAsync(Mirror.Ask(Name), note, Token));
        Assert.False(_mirror.S3.Objects.ContainsKey(Copied));
    }

    [Fact]
    public async Task Try_StoreMayNotReadTheMirror_IsTriedOnce()
    {
        Tell(Listed.Sha256, null);
        _mirror.S3.Rule = seen => seen.Method == "PUT" ? S3Answer.Error(403, "AccessDenied") : null;
        var copy = NewCopy();

        Assert.Null(await copy.TryAsync(Mirror.Ask(Name), Listed, Token));
        Assert.Null(await copy.TryAsync(Mirror.Ask(Name), Listed, Token));

        Assert.Single(Copies);
    }

    [Fact]
    public async Task Try_MirrorWithoutChecksums_IsNotAskedForEver()
    {
        var copy = NewCopy();
        for (var i = 0; i < 100; i++)
        {
            Assert.Null(await copy.TryAsync(Mirror.Ask(Name), Listed, Token));
        }

        Assert.InRange(_mirror.S3.Requests.Count, 1, 50);
    }

    private IEnumerable<S3Seen> Copies => _mirror.S3.Requests.Where(seen => seen.Header("x-amz-copy-source").Length > 0);

    private MirrorCopy NewCopy(bool requesterPays = false) => new(_mirror.Origin(), _store, requesterPays, NullLogger.Instance);

    private void Tell(string? computed, string? noted)
    {
        var beside = _mirror.S3.Beside[Mirror.At(Name)] = [];
        if (computed is not null)
        {
            beside["x-amz-checksum-sha256"] = Convert.ToBase64String(Convert.FromHexString(computed));
        }

        if (noted is not null)
        {
            beside["x-amz-meta-sha256"] = noted;
        }
    }
}
