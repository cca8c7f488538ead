namespace MimicCxr.Daemon.Tests.Support;

/// <summary>A request that the S3 stand-in got.</summary>
/// <param name="Method">GET, PUT, ...</param>
/// <param name="Path">/BUCKET or /BUCKET/KEY.</param>
/// <param name="Query">With its '?', or empty.</param>
/// <param name="Headers">By name in lower case.</param>
/// <param name="Body">Its bytes.</param>
internal sealed record S3Seen(string Method, string Path, string Query, IReadOnlyDictionary<string, string> Headers, byte[] Body)
{
    /// <summary>Whose it is, from "AWS4-HMAC-SHA256 Credential=KEY/DATE/REGION/s3/aws4_request, ...".</summary>
    public string AccessKey => Scope[0];

    /// <summary>Which region it was signed for.</summary>
    public string Region => Scope[2];

    private string[] Scope => Header("authorization").Split("Credential=")[1].Split(',')[0].Split('/');

    /// <summary>A header's value, or nothing.</summary>
    public string Header(string name) => Headers.GetValueOrDefault(name, "");
}
