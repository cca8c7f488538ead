using System.Net;
using System.Text.RegularExpressions;

namespace MimicCxr.Daemon.Origin.Mirror;

/// <summary>A mirror's answer that is an error, and what to do about it.</summary>
/// <param name="Status">Its status.</param>
/// <param name="Code">S3's name for it; empty where there is none, as in the answer to a HEAD.</param>
/// <param name="Region">The region where the bucket is, if the answer names it.</param>
internal sealed partial record MirrorRefusal(HttpStatusCode Status, string Code, string? Region)
{
    private const string RegionHeader = "x-amz-bucket-region";

    /// <summary>Much more than any error takes.</summary>
    private const int MostOfAText = 64 * 1024;

    /// <summary>Whether temporary credentials have had their time.</summary>
    public bool IsExpired => Code is "ExpiredToken" or "ExpiredTokenException" or "TokenRefreshRequired";

    /// <summary>Whether the bucket is in another region.</summary>
    public bool IsElsewhere =>
        Status is HttpStatusCode.MovedPermanently or HttpStatusCode.TemporaryRedirect
        || Code is "AuthorizationHeaderMalformed" or "PermanentRedirect" or "IllegalLocationConstraintException"
        || (Status == HttpStatusCode.BadRequest && Code.Length == 0 && Region is not null);

    /// <summary>Reads an answer.</summary>
    public static async Task<MirrorRefusal> ReadAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        await response.Content.LoadIntoBufferAsync(MostOfAText, cancellationToken).ConfigureAwait(false);
        var text = await response.Content.ReadAsStringAsync(cancellationToken).ConfigureAwait(false);
        var region = response.Headers.TryGetValues(RegionHeader, out var named) ? named.FirstOrDefault() : null;
        return new MirrorRefusal(
            response.StatusCode,
            ErrorCode().Match(text) is { Success: true } code ? code.Groups[1].Value : "",
            region ?? (ExpectedRegion().Match(text) is { Success: true } expected ? expected.Groups[1].Value : null));
    }

    /// <summary>The error for whoever asked. Names no object.</summary>
    public OriginException ToException(MirrorOptions mirror) => this switch
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
            OriginError.BucketRefused, $"{mirror.Url} does not know these credentials ({Code}). Check {Credentials(mirror)}."),
        { IsElsewhere: true } => new(
            OriginError.NoBucket,
            Region is null ? $"The bucket {mirror.Address.Bucket} is in another region than {mirror.Address.SigningRegion}. Name it with --origin-region."
                : $"The bucket {mirror.Address.Bucket} is in the region {Region}. Start with --origin-region {Region}."),
        { Status: HttpStatusCode.Forbidden or HttpStatusCode.Unauthorized } => new(
            OriginError.BucketRefused,
            $"{mirror.Url} refused{(Code.Length > 0 ? $" ({Code})" : "")}. Check {Credentials(mirror)}, and that this account may read the bucket"
            + (mirror.RequesterPays || mirror.Project is not null ? "." : "; where those pay who ask, start with --origin-requester-pays.")),
        { Status: HttpStatusCode.NotFound } => new(OriginError.NotFound, $"{mirror.Url} has no such file (404)."),
        { Code: "RequestTimeout" } or { Status: HttpStatusCode.RequestTimeout } => new(OriginError.ServerFailed, $"{mirror.Url} failed ({(int)Status} {Code})."),
        _ => new(OriginError.BadAnswer, $"{mirror.Url} answered {(int)Status} {Code}. Check --origin and --origin-endpoint."),
    };

    /// <summary>Where the credentials come from.</summary>
    public static string Credentials(MirrorOptions mirror) =>
        mirror.Profile is { } profile ? $"the profile {profile}" : "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or name a profile with --origin-profile";

    [GeneratedRegex("<Code>([A-Za-z0-9]+)</Code>")]
    private static partial Regex ErrorCode();

    /// <summary>"the region 'us-east-1' is wrong; expecting 'eu-central-1'", and the element that AWS adds.</summary>
    [GeneratedRegex("(?:expecting '|<Region>)([a-z0-9-]+)")]
    private static partial Regex ExpectedRegion();
}
