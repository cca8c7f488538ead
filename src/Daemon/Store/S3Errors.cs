using System.Net;
using System.Security.Authentication;
using System.Text.RegularExpressions;
using Amazon.S3;

namespace MimicCxr.Daemon.Store;

/// <summary>What a service's refusals mean, and what to do about them.</summary>
internal static partial class S3Errors
{
    /// <summary>An answer that is an error.</summary>
    public static StoreException Of(AmazonS3Exception e, S3Options options, string url) => e switch
    {
        { StatusCode: HttpStatusCode.NotFound, ErrorCode: "NoSuchBucket" } => new(
            StoreError.NoBucket, $"There is no bucket {options.Bucket} there. Make it, or check --store, --s3-endpoint and --s3-region.", e),
        { ErrorCode: "RequestTimeTooSkewed" } => new(
            StoreError.NotPermitted, $"{url} refused: the clock of this machine {Skew(e)}. Set it (timedatectl set-ntp true) and start again.", e),
        { ErrorCode: "ExpiredToken" or "ExpiredTokenException" or "TokenRefreshRequired" } => new(
            StoreError.NotPermitted, $"{url} refused: the session token has expired, and nothing renews it. Sign in again (aws sso login), or use a profile or role that renews itself.", e),
        { ErrorCode: "InvalidAccessKeyId" or "SignatureDoesNotMatch" or "InvalidToken" } => new(
            StoreError.NotPermitted, $"{url} does not know these credentials ({e.ErrorCode}). Check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or the profile.", e),
        { StatusCode: HttpStatusCode.MovedPermanently or HttpStatusCode.TemporaryRedirect } or { ErrorCode: "AuthorizationHeaderMalformed" or "PermanentRedirect" or "IllegalLocationConstraintException" } => new(
            StoreError.NoBucket,
            Region().Match(e.ResponseBody ?? "") is not { Success: true } region
                ? $"The bucket {options.Bucket} is in another region than {options.Region ?? "the default one"}. Name it with --s3-region."
                : $"The bucket {options.Bucket} is in the region {region.Groups[1]}. Start with --s3-region {region.Groups[1]}.",
            e),
        { StatusCode: HttpStatusCode.Forbidden or HttpStatusCode.Unauthorized } => new(
            StoreError.NotPermitted, $"{url} refused ({e.ErrorCode}). Check the credentials and the bucket's policy: listing, reading and writing are needed.", e),
        { StatusCode: HttpStatusCode.InsufficientStorage } or { ErrorCode: "QuotaExceeded" } => new(StoreError.Full, $"{url} has no room left.", e),
        { StatusCode: 0 or HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests or HttpStatusCode.Conflict or >= HttpStatusCode.InternalServerError } => new(
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

            if (cause is System.Xml.XmlException)
            {
                return new StoreException(StoreError.BadAnswer, $"{url} answered with something that is no S3. Check --s3-endpoint.", e);
            }
        }

        // The SDK lets through whatever a broken connection throws below it: IOException, SocketException and more.
        return new StoreException(StoreError.OutOfReach, $"{url} is out of reach ({e.InnerException?.GetType().Name ?? e.GetType().Name}). Check --s3-endpoint and the network.", e);
    }

    /// <summary>The service tells both clocks.</summary>
    private static string Skew(AmazonS3Exception e)
    {
        var server = ServerTime().Match(e.ResponseBody ?? "");
        return DateTime.TryParse(server.Groups[1].ValueSpan, null, System.Globalization.DateTimeStyles.AdjustToUniversal, out var time)
            ? $"is {(DateTime.UtcNow - time).Duration().TotalMinutes:0} minutes {(DateTime.UtcNow > time ? "ahead" : "behind")}"
            : "is wrong by more than 15 minutes";
    }

    [GeneratedRegex("<Region>([a-z0-9-]+)</Region>")]
    private static partial Regex Region();

    [GeneratedRegex("<ServerTime>([^<]+)</ServerTime>")]
    private static partial Regex ServerTime();
}
