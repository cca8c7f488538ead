using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Authentication;
using Amazon.Runtime.Internal;
using Amazon.S3;
using MimicCxr.Daemon.S3;

namespace MimicCxr.Daemon.Store;

/// <summary>What a service's refusals mean, and what to do about them.</summary>
internal static class S3Errors
{
    /// <summary>An answer that is an error.</summary>
    public static StoreException Of(AmazonS3Exception e, S3Options options, string url) => e switch
    {
        { StatusCode: HttpStatusCode.NotFound, ErrorCode: "NoSuchBucket" } => new(
            StoreError.NoBucket, $"There is no bucket {options.Bucket} there. Make it, or check --store, --s3-endpoint and --s3-region.", e),
        { ErrorCode: "RequestTimeTooSkewed" } => new(
            StoreError.NotPermitted, $"{url} refused: the clock of this machine {Skew(e)}. Set it (timedatectl set-ntp true) and start again.", e),
        _ when Read(e).IsExpired => new(
            StoreError.NotPermitted, $"{url} refused: the session token has expired, and nothing renews it. Sign in again (aws sso login), or use a profile or role that renews itself.", e),
        { ErrorCode: "InvalidAccessKeyId" or "SignatureDoesNotMatch" or "InvalidToken" } => new(
            StoreError.NotPermitted, $"{url} does not know these credentials ({e.ErrorCode}). Check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or the profile.", e),
        _ when Read(e) is { IsElsewhere: true, Region: var region } => new(
            StoreError.NoBucket,
            region is null
                ? $"The bucket {options.Bucket} is in another region than {options.Region ?? "the default one"}. Name it with --s3-region."
                : $"The bucket {options.Bucket} is in the region {region}. Start with --s3-region {region}.",
            e),
        { StatusCode: HttpStatusCode.Forbidden or HttpStatusCode.Unauthorized } => new(
            StoreError.NotPermitted, $"{url} refused ({e.ErrorCode}). Check the credentials and the bucket's policy: listing, reading and writing are needed.", e),
        { StatusCode: HttpStatusCode.InsufficientStorage } or { ErrorCode: "QuotaExceeded" } => new(StoreError.Full, $"{url} has no room left.", e),
        { ErrorCode: "RequestTimeout" } or { StatusCode: 0 or HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests or HttpStatusCode.Conflict or >= HttpStatusCode.InternalServerError } => new(
            StoreError.OutOfReach, $"{url} failed ({(int)e.StatusCode} {e.ErrorCode}).", e),
        { InnerException: System.Xml.XmlException } => new(
            StoreError.BadAnswer, $"{url} answered {(int)e.StatusCode} with something that is no S3. Check --s3-endpoint.", e),
        _ => new(StoreError.BadAnswer, $"{url} answered {(int)e.StatusCode} {e.ErrorCode}.", e),
    };

    /// <summary>No answer at all.</summary>
    public static StoreException OfConnection(Exception e, string url)
    {
        for (var cause = e; cause is not null; cause = cause.InnerException)
        {
            if (cause is AuthenticationException)
            {
                return new StoreException(
                    StoreError.OutOfReach, $"{url}: the certificate of the endpoint is not trusted ({cause.Message}) Check --s3-endpoint; install the authority's certificate where it is your own.", e);
            }

            if (cause is S3StallException)
            {
                return new StoreException(
                    StoreError.OutOfReach, $"{url} stands still: {cause.Message}. See whether the service is full, and whether the network is up.", e);
            }

            if (cause is System.Xml.XmlException)
            {
                return new StoreException(StoreError.BadAnswer, $"{url} answered with something that is no S3. Check --s3-endpoint.", e);
            }
        }

        // The SDK lets through whatever a broken connection throws below it: IOException, SocketException and more.
        return new StoreException(StoreError.OutOfReach, $"{url} is out of reach ({e.InnerException?.GetType().Name ?? e.GetType().Name}). Check --s3-endpoint and the network.", e);
    }

    /// <summary>Whether it may be another answer in a moment: too much was asked, the service failed, or the network did.</summary>
    public static bool IsPassing(StoreException e) =>
        e.Error == StoreError.OutOfReach
        && e.InnerException is not AmazonS3Exception { StatusCode: HttpStatusCode.Conflict or HttpStatusCode.NotImplemented }
        && !HasCause<AuthenticationException>(e);

    /// <summary>How long the service wants no requests; null where it did not say.</summary>
    public static TimeSpan? PauseOf(StoreException e, TimeProvider time) =>
        e.InnerException is AmazonS3Exception answer
        && RetryConditionHeaderValue.TryParse(answer is S3Refusal refusal ? refusal.RetryAfter : HeaderOf(answer, "Retry-After"), out var pause)
            ? pause.Delta ?? pause.Date - time.GetUtcNow()
            : null;

    /// <summary>Whether the credentials or the clock are refused, whatever was asked.</summary>
    public static bool IsOfCredentials(AmazonS3Exception e) =>
        Read(e).IsExpired || e.ErrorCode is "RequestTimeTooSkewed" or "InvalidAccessKeyId" or "SignatureDoesNotMatch" or "InvalidToken";

    /// <summary>What the answer says. The SDK calls one that has no code by its status.</summary>
    public static S3Error Read(AmazonS3Exception e) =>
        S3Error.Of(e.StatusCode, e.ErrorCode is null or nameof(HttpStatusCode.BadRequest) ? "" : e.ErrorCode, HeaderOf(e, S3Error.RegionHeader), e.Message);

    /// <summary>Every answer tells the service's clock.</summary>
    private static string Skew(AmazonS3Exception e) =>
        DateTimeOffset.TryParse(HeaderOf(e, "Date"), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)
            ? $"is {(DateTimeOffset.UtcNow - time).Duration().TotalMinutes:0} minutes {(DateTimeOffset.UtcNow > time ? "ahead" : "behind")}"
            : "is wrong by more than 15 minutes";

    private static bool HasCause<T>(Exception? e)
        where T : Exception => e is T || (e is not null && HasCause<T>(e.InnerException));

    private static string? HeaderOf(AmazonS3Exception e, string name) => (e.InnerException as HttpErrorResponseException)?.Response.GetHeaderValue(name);
}
