using System.Net;
using System.Text.RegularExpressions;
using MimicCxr.Daemon.S3;

namespace MimicCxr.Daemon.Origin.Mirror;

/// <summary>What a mirror's refusals mean, and what to do about them.</summary>
internal static partial class MirrorRefusals
{
    /// <summary>Much more than any error takes.</summary>
    private const int MostOfAText = 64 * 1024;

    /// <summary>Reads an answer.</summary>
    public static async Task<S3Error> ReadAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        await response.Content.LoadIntoBufferAsync(MostOfAText, cancellationToken).ConfigureAwait(false);
        var text = await response.Content.ReadAsStringAsync(cancellationToken).ConfigureAwait(false);
        return S3Error.Of(
            response.StatusCode,
            ErrorCode().Match(text) is { Success: true } code ? code.Groups[1].Value : "",
            response.Headers.TryGetValues(S3Error.RegionHeader, out var named) ? named.FirstOrDefault() : null,
            text);
    }

    /// <summary>The error for whoever asked. Names no object.</summary>
    public static OriginException ToException(S3Error error, MirrorOptions mirror) => error switch
    {
        { Code: "NoSuchBucket" } => new(
            OriginError.NoBucket, $"There is no bucket {mirror.Address.Bucket} there. Check --origin, --origin-endpoint and --origin-region."),
        { Code: "UserProjectMissing" } => new(
            OriginError.BucketRefused, $"{mirror.Url} lets those pay who ask. Start with --origin-project and the project that pays."),
        { Code: "RequestTimeTooSkewed" } => new(
            OriginError.BucketRefused, $"{mirror.Url} refused: the clock of this machine is wrong by more than 15 minutes. Set it (timedatectl set-ntp true)."),
        { IsExpired: true } => new(
            OriginError.BucketRefused, $"{mirror.Url} refused: the session token has expired, and nothing renews it. Sign in again (aws sso login), or use a profile or role that renews itself."),
        { Code: "InvalidAccessKeyId" or "SignatureDoesNotMatch" or "InvalidToken" or "InvalidSecurity" } => new(
            OriginError.BucketRefused, $"{mirror.Url} does not know these credentials ({error.Code}). Check {Credentials(mirror)}."),
        { IsElsewhere: true } => new(
            OriginError.NoBucket,
            error.Region is null ? $"The bucket {mirror.Address.Bucket} is in another region than {mirror.Address.SigningRegion}. Name it with --origin-region."
                : $"The bucket {mirror.Address.Bucket} is in the region {error.Region}. Start with --origin-region {error.Region}."),
        { Status: HttpStatusCode.Forbidden or HttpStatusCode.Unauthorized } => new(
            OriginError.BucketRefused,
            $"{mirror.Url} refused{(error.Code.Length > 0 ? $" ({error.Code})" : "")}. Check {Credentials(mirror)}, and that this account may read the bucket"
            + (mirror.RequesterPays || mirror.Project is not null ? "." : "; where those pay who ask, start with --origin-requester-pays.")),
        { Status: HttpStatusCode.NotFound } => new(OriginError.NotFound, $"{mirror.Url} has no such file (404)."),
        { Code: "RequestTimeout" } or { Status: HttpStatusCode.RequestTimeout } => new(OriginError.ServerFailed, $"{mirror.Url} failed ({(int)error.Status} {error.Code})."),
        _ => new(OriginError.BadAnswer, $"{mirror.Url} answered {(int)error.Status} {error.Code}. Check --origin and --origin-endpoint."),
    };

    /// <summary>Where the credentials come from.</summary>
    public static string Credentials(MirrorOptions mirror) =>
        mirror.Profile is { } profile ? $"the profile {profile}" : "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or name a profile with --origin-profile";

    [GeneratedRegex("<Code>([A-Za-z0-9]+)</Code>")]
    private static partial Regex ErrorCode();
}
