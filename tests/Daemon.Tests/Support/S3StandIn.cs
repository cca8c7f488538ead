using System.Collections.Concurrent;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace MimicCxr.Daemon.Tests.Support;

/// <summary>
/// A small S3 on the loopback address with objects in memory, for answers that no real server gives on demand. It believes every
/// signature, but no payload that is not the one announced.
/// </summary>
internal sealed class S3StandIn : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<S3Seen> _requests = new();

    private S3StandIn()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Limits.MaxRequestBodySize = null).UseUrls("http://127.0.0.1:0");
        _app = builder.Build();
        _app.Run(AnswerAsync);
    }

    /// <summary>What <c>--s3-endpoint</c> gets.</summary>
    public Uri Url => new(_app.Urls.Single());

    /// <summary>Asked first; null for the usual answer.</summary>
    public Func<S3Seen, S3Answer?> Rule { get; set; } = _ => null;

    /// <summary>Whether the bucket's policy lets strangers read.</summary>
    public bool IsPublic { get; set; }

    /// <summary>By /BUCKET/KEY.</summary>
    public ConcurrentDictionary<string, byte[]> Objects { get; } = new();

    /// <summary>Headers that an object is given out with, by /BUCKET/KEY.</summary>
    public ConcurrentDictionary<string, Dictionary<string, string>> Beside { get; } = new();

    /// <summary>Whether it computes the SHA-256 of what it copies.</summary>
    public bool ComputesChecksums { get; set; }

    /// <summary>Multipart uploads that are neither complete nor ended, by their id.</summary>
    public ConcurrentDictionary<string, ConcurrentDictionary<int, byte[]>> Uploads { get; } = new();

    /// <summary>Awaited whenever some of a body was read; gets how much of it has been.</summary>
    public Func<long, Task> Reading { get; set; } = _ => Task.CompletedTask;

    /// <summary>All requests, in order.</summary>
    public IReadOnlyList<S3Seen> Requests => [.. _requests];

    public static async Task<S3StandIn> StartAsync()
    {
        var standIn = new S3StandIn();
        await standIn._app.StartAsync(TestContext.Current.CancellationToken);
        return standIn;
    }

    /// <summary>The first requests that match are answered so, one each; the others as usual.</summary>
    public void Next(Func<S3Seen, bool> which, params S3Answer[] answers)
    {
        var left = new ConcurrentQueue<S3Answer>(answers);
        Rule = seen => which(seen) && left.TryDequeue(out var answer) ? answer : null;
    }

    public static string ETagOf(byte[] bytes) => $"\"{Convert.ToHexStringLower(SHA256.HashData(bytes))[..32]}\"";

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task AnswerAsync(HttpContext context)
    {
        var request = context.Request;
        using var body = new MemoryStream();
        var buffer = new byte[128 * 1024];
        while (await request.Body.ReadAsync(buffer, context.RequestAborted) is > 0 and var count)
        {
            body.Write(buffer, 0, count);
            await Reading(body.Length);
        }

        var seen = new S3Seen(
            request.Method,
            request.Path.Value!.TrimEnd('/'),
            request.QueryString.Value ?? "",
            request.Headers.ToDictionary(header => header.Key.ToLowerInvariant(), header => header.Value.ToString()),
            body.ToArray());
        _requests.Enqueue(seen);
        var announced = seen.Header("x-amz-content-sha256");
        var answer = announced.Length == 64 && announced != Convert.ToHexStringLower(SHA256.HashData(seen.Body))
            ? S3Answer.Error(400, "XAmzContentSHA256Mismatch")
            : Rule(seen);
        await (answer?.WriteAsync(context) ?? AnswerAsUsualAsync(seen, context));
    }

    private Task AnswerAsUsualAsync(S3Seen seen, HttpContext context)
    {
        var isBucket = !seen.Path[1..].Contains('/', StringComparison.Ordinal);
        var query = context.Request.Query;
        return (seen.Method, isBucket) switch
        {
            ("GET", true) when query.ContainsKey("policyStatus") => Xml(context, $"<PolicyStatus><IsPublic>{(IsPublic ? "TRUE" : "FALSE")}</IsPublic></PolicyStatus>"),
            ("GET", true) when query.ContainsKey("publicAccessBlock") => S3Answer.Error(404, "NoSuchPublicAccessBlockConfiguration").WriteAsync(context),
            ("GET", true) when query.ContainsKey("acl") => Xml(context, "<AccessControlPolicy><Owner><ID>me</ID></Owner><AccessControlList></AccessControlList></AccessControlPolicy>"),
            ("GET", true) when query.ContainsKey("uploads") => Xml(context, "<ListMultipartUploadsResult><IsTruncated>false</IsTruncated></ListMultipartUploadsResult>"),
            ("GET", true) when query.ContainsKey("delimiter") => List(seen, query["prefix"].ToString(), context),
            ("GET", true) => Xml(context, "<ListBucketResult><IsTruncated>false</IsTruncated><KeyCount>0</KeyCount></ListBucketResult>"),
            ("POST", false) when query.ContainsKey("uploads") => BeginUpload(context),
            ("POST", false) => CompleteUpload(seen, query["uploadId"].ToString(), context),
            ("DELETE", false) when query.ContainsKey("uploadId") => EndUpload(query["uploadId"].ToString(), context),
            ("PUT", false) when query.ContainsKey("uploadId") => PutPart(seen, query["uploadId"].ToString(), query["partNumber"].ToString(), context),
            ("PUT", false) when seen.Header("x-amz-copy-source").Length > 0 => Copy(seen, context),
            ("PUT", false) => Put(seen, context),
            ("DELETE", false) => Delete(seen, context),
            ("GET" or "HEAD", false) => Get(seen, context),
            _ => S3Answer.Error(501, "NotImplemented").WriteAsync(context),
        };
    }

    private Task Put(S3Seen seen, HttpContext context)
    {
        if (seen.Header("if-none-match") == "*" && !Objects.TryAdd(seen.Path, seen.Body))
        {
            return S3Answer.Error(412, "PreconditionFailed").WriteAsync(context);
        }

        Objects[seen.Path] = seen.Body;
        context.Response.Headers.ETag = ETagOf(seen.Body);
        return Task.CompletedTask;
    }

    private Task BeginUpload(HttpContext context)
    {
        var id = Guid.NewGuid().ToString("n");
        Uploads[id] = new();
        return Xml(context, $"<InitiateMultipartUploadResult><UploadId>{id}</UploadId></InitiateMultipartUploadResult>");
    }

    private Task PutPart(S3Seen seen, string upload, string number, HttpContext context)
    {
        if (!Uploads.TryGetValue(upload, out var parts))
        {
            return S3Answer.Error(404, "NoSuchUpload").WriteAsync(context);
        }

        parts[int.Parse(number, System.Globalization.CultureInfo.InvariantCulture)] = seen.Body;
        context.Response.Headers.ETag = ETagOf(seen.Body);
        return Task.CompletedTask;
    }

    private Task CompleteUpload(S3Seen seen, string upload, HttpContext context)
    {
        if (!Uploads.TryGetValue(upload, out var parts))
        {
            return S3Answer.Error(404, "NoSuchUpload").WriteAsync(context);
        }

        byte[] whole = [.. parts.OrderBy(part => part.Key).SelectMany(part => part.Value)];
        if (seen.Header("if-none-match") == "*" && !Objects.TryAdd(seen.Path, whole))
        {
            return S3Answer.Error(412, "PreconditionFailed").WriteAsync(context);
        }

        Objects[seen.Path] = whole;
        Uploads.TryRemove(upload, out _);
        return Xml(context, "<CompleteMultipartUploadResult><ETag>\"whole\"</ETag></CompleteMultipartUploadResult>");
    }

    private Task Delete(S3Seen seen, HttpContext context)
    {
        Objects.TryRemove(seen.Path, out _);
        context.Response.StatusCode = 204;
        return Task.CompletedTask;
    }

    private Task EndUpload(string upload, HttpContext context)
    {
        context.Response.StatusCode = Uploads.TryRemove(upload, out _) ? 204 : 404;
        return Task.CompletedTask;
    }

    private Task Get(S3Seen seen, HttpContext context)
    {
        if (!Objects.TryGetValue(seen.Path, out var bytes))
        {
            return S3Answer.Error(404, "NoSuchKey").WriteAsync(context);
        }

        if (seen.Header("if-match") is { Length: > 0 } wanted && wanted.Trim('"') != ETagOf(bytes).Trim('"'))
        {
            return S3Answer.Error(412, "PreconditionFailed").WriteAsync(context);
        }

        foreach (var (name, value) in Beside.GetValueOrDefault(seen.Path, []))
        {
            context.Response.Headers[name] = value;
        }

        context.Response.Headers.ETag = ETagOf(bytes);
        var (from, to) = (0, bytes.Length);
        if (seen.Header("range") is { Length: > 0 } range)
        {
            // "bytes=FROM-", "bytes=FROM-LAST", "bytes=-COUNT"
            var ends = range["bytes=".Length..].Split('-');
            from = ends[0].Length > 0 ? Number(ends[0]) : Math.Max(0, bytes.Length - Number(ends[1]));
            to = ends[0].Length > 0 && ends[1].Length > 0 ? Math.Min(bytes.Length, Number(ends[1]) + 1) : bytes.Length;
            if (from >= bytes.Length)
            {
                return S3Answer.Error(416, "InvalidRange").WriteAsync(context);
            }

            context.Response.StatusCode = 206;
            context.Response.Headers.ContentRange = $"bytes {from}-{to - 1}/{bytes.Length}";
        }

        context.Response.ContentLength = to - from;
        return seen.Method == "HEAD" ? Task.CompletedTask : context.Response.Body.WriteAsync(bytes, from, to - from);
    }

    private static int Number(string text) => int.Parse(text, System.Globalization.CultureInfo.InvariantCulture);

    private Task List(S3Seen seen, string prefix, HttpContext context)
    {
        var below = Objects.Where(pair => pair.Key.StartsWith($"{seen.Path}/{prefix}", StringComparison.Ordinal))
            .Select(pair => (Name: pair.Key[(seen.Path.Length + 1 + prefix.Length)..], pair.Value.Length))
            .ToList();
        var files = below.Where(file => !file.Name.Contains('/', StringComparison.Ordinal)).Select(file => $"<Contents><Key>{prefix}{file.Name}</Key><Size>{file.Length}</Size></Contents>");
        var folders = below.Where(file => file.Name.Contains('/', StringComparison.Ordinal)).Select(file => file.Name.Split('/')[0]).Distinct()
            .Select(folder => $"<CommonPrefixes><Prefix>{prefix}{folder}/</Prefix></CommonPrefixes>");
        return Xml(context, $"<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><IsTruncated>false</IsTruncated>{string.Concat(files)}{string.Concat(folders)}</ListBucketResult>");
    }

    private Task Copy(S3Seen seen, HttpContext context)
    {
        if (!Objects.TryGetValue("/" + Uri.UnescapeDataString(seen.Header("x-amz-copy-source")).TrimStart('/'), out var bytes))
        {
            return S3Answer.Error(404, "NoSuchKey").WriteAsync(context);
        }

        if (seen.Header("x-amz-copy-source-if-match") is { Length: > 0 } wanted && wanted.Trim('"') != ETagOf(bytes).Trim('"'))
        {
            return S3Answer.Error(412, "PreconditionFailed").WriteAsync(context);
        }

        Objects[seen.Path] = bytes;
        var checksum = ComputesChecksums ? $"<ChecksumSHA256>{Convert.ToBase64String(SHA256.HashData(bytes))}</ChecksumSHA256>" : "";
        return Xml(context, $"<CopyObjectResult><ETag>{ETagOf(bytes)}</ETag>{checksum}</CopyObjectResult>");
    }

    private static Task Xml(HttpContext context, string text)
    {
        context.Response.ContentType = "application/xml";
        return context.Response.WriteAsync("<?xml version=\"1.0\" encoding=\"UTF-8\"?>" + text);
    }
}
