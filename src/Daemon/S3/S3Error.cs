using System.Net;
using System.Text.RegularExpressions;

namespace MimicCxr.Daemon.S3;

/// <summary>What a service's answer says that is an error.</summary>
/// <param name="Status">Its status.</param>
/// <param name="Code">S3's name for it; empty where there is none, as in the answer to a HEAD.</param>
/// <param name="Region">The region where the bucket is, if the answer names it.</param>
internal sealed partial record S3Error(HttpStatusCode Status, string Code, string? Region)
{
    /// <summary>Names the region where a bucket is, in the answer to a HEAD too.</summary>
    public const string RegionHeader = "x-amz-bucket-region";

    /// <summary>Whether temporary credentials have had their time.</summary>
    public bool IsExpired => Code is "ExpiredToken" or "ExpiredTokenException" or "TokenRefreshRequired";

    /// <summary>Whether the bucket is in another region. The answer to a HEAD has no code, but the region in a header.</summary>
    public bool IsElsewhere =>
        Status is HttpStatusCode.MovedPermanently or HttpStatusCode.TemporaryRedirect
        || Code is "AuthorizationHeaderMalformed" or "PermanentRedirect" or "IllegalLocationConstraintException"
        || (Status == HttpStatusCode.BadRequest && Code.Length == 0 && Region is not null);

    /// <summary>An error whose region stands in a header, or in its text.</summary>
    public static S3Error Of(HttpStatusCode status, string code, string? regionHeader, string text) => new(
        status,
        code,
        !string.IsNullOrEmpty(regionHeader) ? regionHeader
            : ExpectedRegion().Match(text) is { Success: true } expected ? expected.Groups[1].Value
            : null);

    /// <summary>"the region 'us-east-1' is wrong; expecting 'eu-central-1'", in the words of AWS and MinIO, and the element that AWS adds.</summary>
    [GeneratedRegex("(?:expecting '|<Region>)([a-z0-9-]+)")]
    private static partial Regex ExpectedRegion();
}
