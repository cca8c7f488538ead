using System.Globalization;
using Microsoft.AspNetCore.Http;
using MimicCxr.Daemon.Tests.Support;
using MimicCxr.EndToEnd.Fixtures;

namespace MimicCxr.EndToEnd;

/// <summary>
/// Temporary credentials as the daemon finds them in its environment, and what becomes of a job when they expire. The bucket's server
/// is a scripted one: no real one lets a token expire when a test says so.
/// </summary>
public sealed class CredentialsTests : EndToEndTest
{
    private const string TokenHeader = "x-amz-security-token";
    private const string FirstToken = "token-not-to-be-told-1";

    /// <summary>Where a container's credentials are asked for; not the path of a bucket.</summary>
    private const string ContainerPath = "/of-the-container";
    private const string ContainerPassword = "password-not-to-be-told";

    [Fact]
    public async Task Prefetch_TokenInTheEnvironment_GoesWithEveryRequest()
    {
        await using var s3 = await S3StandIn.StartAsync();

        await PrefetchAsync(s3, new()
        {
            ["AWS_ACCESS_KEY_ID"] = "key",
            ["AWS_SECRET_ACCESS_KEY"] = "secret",
            ["AWS_SESSION_TOKEN"] = FirstToken,
        });

        Assert.Equal([FirstToken], TokensIn(s3));
    }

    [Fact]
    public async Task Prefetch_TokenOfAProcessExpiresInTheMiddle_IsRenewedAndNoFileFails()
    {
        await using var s3 = await S3StandIn.StartAsync();
        var puts = 0;
        s3.Rule = seen => seen.Header(TokenHeader) == FirstToken && (seen.Method == "PUT" ? Interlocked.Increment(ref puts) : Volatile.Read(ref puts)) > 20
            ? S3Answer.Error(400, "ExpiredToken")
            : null;

        await PrefetchAsync(s3, new() { ["AWS_PROFILE"] = "of-tests", ["AWS_CONFIG_FILE"] = WriteProfileWithProcess() });

        Assert.Equal([FirstToken, "token-not-to-be-told-2"], TokensIn(s3));
    }

    [Fact]
    public async Task Prefetch_TokensOfAContainerExpireSoon_AreRenewedBeforeAndNoFileFails()
    {
        await using var s3 = await S3StandIn.StartAsync();
        var given = 0;
        s3.Rule = seen => seen.Path == ContainerPath && seen.Header("authorization") == ContainerPassword
            ? Credentials(Interlocked.Increment(ref given), TimeSpan.FromMinutes(1))
            : null;

        await PrefetchAsync(s3, new()
        {
            ["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = new Uri(s3.Url, ContainerPath).ToString(),
            ["AWS_CONTAINER_AUTHORIZATION_TOKEN"] = ContainerPassword,
        });

        var tokens = TokensIn(s3);
        Assert.InRange(tokens.Length, 2, given);
        Assert.DoesNotContain("", tokens);
    }

    /// <summary>Brings everything into the bucket with credentials from this environment, which nobody gets to see.</summary>
    private async Task PrefetchAsync(S3StandIn s3, Dictionary<string, string> environment)
    {
        var origin = await StartOriginAsync(images: 60, imageBytes: 10_000);
        var daemon = await StartDaemonAsync(
            origin, ["--store", "s3://bucket/cache", "--s3-endpoint", s3.Url.ToString(), "--s3-region", "us-east-1", "--s3-path-style"], environment);

        (await daemon.CliAsync("prefetch", "--all")).Succeeded();
        await daemon.UploadedAsync();

        Assert.All(origin.Images, path => Assert.Equal(File.ReadAllBytes(origin.FileOf(path)), s3.Objects[$"/bucket/cache/mimic-cxr-jpg/2.1.0/{path}"]));
        Assert.DoesNotContain("not-to-be-told", daemon.Printed + string.Concat(daemon.LogFiles.Select(File.ReadAllText)), StringComparison.Ordinal);
    }

    /// <summary>The different tokens of all requests to the bucket, in the order of their first.</summary>
    private static string[] TokensIn(S3StandIn s3) => [.. s3.Requests.Where(seen => seen.Path != ContainerPath).Select(seen => seen.Header(TokenHeader)).Distinct()];

    /// <summary>A profile whose process gives a new token each time, and announces an hour for it.</summary>
    private string WriteProfileWithProcess()
    {
        var (program, config) = (Workspace["credentials.sh"], Workspace["config"]);
        File.WriteAllText(program, $$"""
            echo >>'{{Workspace["given"]}}'
            printf '{"Version":1,"AccessKeyId":"key","SecretAccessKey":"secret","SessionToken":"token-not-to-be-told-%d","Expiration":"{{After(TimeSpan.FromHours(1))}}"}' \
                "$(wc -l <'{{Workspace["given"]}}')"
            """);
        File.WriteAllText(config, $"[profile of-tests]\ncredential_process = /bin/sh {program}\n");
        return config;
    }

    private static S3Answer Credentials(int number, TimeSpan life) => new(context =>
    {
        context.Response.ContentType = "application/json";
        return context.Response.WriteAsync(
            $$"""{"AccessKeyId":"key","SecretAccessKey":"secret","Token":"token-not-to-be-told-{{number}}","Expiration":"{{After(life)}}"}""");
    });

    private static string After(TimeSpan life) => (DateTimeOffset.UtcNow + life).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
