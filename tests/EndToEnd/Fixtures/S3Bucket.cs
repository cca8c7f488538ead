namespace MimicCxr.EndToEnd.Fixtures;

/// <summary>A bucket on the test's Ceph, looked at with the AWS command line: a client that is not ours.</summary>
internal sealed class S3Bucket(string name, IReadOnlyDictionary<string, string> environment)
{
    /// <summary>The server.</summary>
    public Uri Endpoint { get; } = new(environment["MIMIC_CXR_S3_ENDPOINT"]);

    /// <summary>The variables of the usual AWS chain.</summary>
    public IReadOnlyDictionary<string, string> Credentials { get; } =
        environment.Where(pair => pair.Key.StartsWith("AWS_", StringComparison.Ordinal)).ToDictionary();

    /// <summary><c>s3://BUCKET/PREFIX</c></summary>
    public string Url(string prefix) => $"s3://{name}/{prefix}";

    /// <summary>Options that make a daemon store here, by its own server or by a gate in front of it.</summary>
    public string[] StoreOptions(string prefix, Uri? endpoint = null) =>
        ["--store", Url(prefix), "--s3-endpoint", (endpoint ?? Endpoint).ToString(), "--s3-region", Credentials["AWS_REGION"], "--s3-path-style"];

    /// <summary>Options that make it a daemon's origin.</summary>
    public string[] OriginOptions(string prefix, Uri endpoint) =>
        ["--origin", Url(prefix).TrimEnd('/'), "--origin-endpoint", endpoint.ToString(), "--origin-region", Credentials["AWS_REGION"], "--origin-path-style"];

    /// <summary>Uploads everything in a folder.</summary>
    public async Task UploadFolderAsync(string folder, string prefix) =>
        (await AwsAsync("s3", "cp", "--only-show-errors", "--recursive", folder, Url(prefix))).Succeeded();

    public async Task CreateAsync() => (await AwsAsync("s3", "mb", $"s3://{name}")).Succeeded();

    /// <summary>The keys of all objects, in order.</summary>
    public async Task<IReadOnlyList<string>> ListAsync()
    {
        var outcome = await AwsAsync("s3", "ls", "--recursive", $"s3://{name}");

        // "2026-11-21 09:07:16   20000000 key"; ls of an empty bucket ends with 1 and says nothing.
        Assert.True(outcome.ExitCode == 0 || (outcome.Output + outcome.Errors).Trim().Length == 0, outcome.Errors);
        return [.. outcome.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => line[(line.LastIndexOf(' ') + 1)..])
            .Order(StringComparer.Ordinal)];
    }

    /// <summary>Downloads everything into a folder.</summary>
    public async Task DownloadAsync(string folder) =>
        (await AwsAsync("s3", "cp", "--only-show-errors", "--recursive", $"s3://{name}", folder)).Succeeded();

    /// <summary>What a HEAD of an object tells, as JSON.</summary>
    public async Task<string> HeadAsync(string key) => (await AwsAsync("s3api", "head-object", "--bucket", name, "--key", key)).Succeeded().Output;

    /// <summary>Lets strangers read, by an access list.</summary>
    public async Task AllowEverybodyByAclAsync() => (await AwsAsync("s3api", "put-bucket-acl", "--bucket", name, "--acl", "public-read")).Succeeded();

    /// <summary>Lets strangers read, by a policy.</summary>
    public async Task AllowEverybodyByPolicyAsync()
    {
        var policy = $$"""{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::{{name}}/*"}]}""";
        (await AwsAsync("s3api", "put-bucket-policy", "--bucket", name, "--policy", policy)).Succeeded();
    }

    /// <summary>Begins a multipart upload and leaves it.</summary>
    public async Task BeginUploadAsync(string key) => (await AwsAsync("s3api", "create-multipart-upload", "--bucket", name, "--key", key)).Succeeded();

    /// <summary>The keys of multipart uploads under way.</summary>
    public async Task<string[]> ListUploadsAsync() =>
        (await AwsAsync("s3api", "list-multipart-uploads", "--bucket", name, "--query", "Uploads[].Key", "--output", "text")).Succeeded()
            .Output.Split(['\t', '\n', ' '], StringSplitOptions.RemoveEmptyEntries).Where(key => key != "None").ToArray();

    /// <summary>Removes one object, behind the daemon's back.</summary>
    public async Task RemoveAsync(string key) => (await AwsAsync("s3", "rm", $"s3://{name}/{key}")).Succeeded();

    /// <summary>Writes one object, behind the daemon's back, with a checksum beside it where one is given.</summary>
    public async Task UploadAsync(string file, string key, string sha256) => (await AwsAsync(
        ["s3", "cp", "--only-show-errors", file, $"s3://{name}/{key}", .. sha256.Length > 0 ? new[] { "--metadata", $"sha256={sha256}" } : []])).Succeeded();

    private Task<Outcome> AwsAsync(params string[] arguments) =>
        Command.RunAsync("aws", ["--endpoint-url", Endpoint.ToString(), .. arguments], environment: Credentials);
}
