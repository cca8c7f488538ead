using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Extensions;

namespace MimicCxr.Sandbox.PhysioNet;

/// <summary>Answers requests below /files/: faults, access, then files and directories as nginx serves them.</summary>
internal sealed class FilesEndpoint(FakePhysioNetOptions options, FaultPlan faults, RequestLog log, AccessRules access)
{
    /// <summary>What this endpoint answers.</summary>
    public const string Prefix = "/files/";

    private readonly string _root = Path.GetFullPath(options.Folder);

    /// <summary>Answers one request.</summary>
    public Task HandleAsync(HttpContext context) =>
        log.RecordAsync(context, hadPassword: BasicCredentials.Parse(context.Request.Headers.Authorization) is not null, entry => AnswerAsync(context, entry));

    private async Task AnswerAsync(HttpContext context, RequestLogEntry entry)
    {
        await Task.Delay(options.Latency, context.RequestAborted).ConfigureAwait(false);
        if (await AnswerWithFaultAsync(context, entry).ConfigureAwait(false))
        {
            return;
        }

        if (!TryLocate(entry.Path, out var dataSet, out var path))
        {
            await RefuseAsync(context, entry, 404, "Not found.").ConfigureAwait(false);
            return;
        }

        var (status, reason) = access.Check(context, dataSet);
        if (status != 200)
        {
            await RefuseAsync(context, entry, status, reason).ConfigureAwait(false);
        }
        else if (Directory.Exists(path))
        {
            await AnswerDirectoryAsync(context, entry, path).ConfigureAwait(false);
        }
        else if (File.Exists(path) && !entry.Path.EndsWith('/'))
        {
            await AnswerFileAsync(context, entry, path).ConfigureAwait(false);
        }
        else
        {
            await RefuseAsync(context, entry, 404, "Not found.").ConfigureAwait(false);
        }
    }

    /// <summary>Lets the faults happen that come before any rule.</summary>
    /// <returns>True when one of them was the answer.</returns>
    private async Task<bool> AnswerWithFaultAsync(HttpContext context, RequestLogEntry entry)
    {
        foreach (var (fault, _, _) in faults.Match(entry.Path, body: false))
        {
            switch (fault.Kind)
            {
                case FaultKind.Latency:
                    await Task.Delay(TimeSpan.FromSeconds(fault.Seconds!.Value), context.RequestAborted).ConfigureAwait(false);
                    break;
                case FaultKind.ExpireSession:
                    access.EndSession(context.Request);
                    break;
                case FaultKind.IgnoreRange:
                    context.Request.Headers.Range = default;
                    break;
                case FaultKind.Redirect:
                    context.Response.Headers.Location = new Uri(fault.Location!, context.Request.GetEncodedPathAndQuery()).AbsoluteUri;
                    await RefuseAsync(context, entry, 302, "Elsewhere.").ConfigureAwait(false);
                    return true;
                case FaultKind.Status:
                    if (fault.RetryAfterSeconds is { } seconds)
                    {
                        context.Response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
                    }

                    await RefuseAsync(context, entry, fault.Status, "A fault on demand.").ConfigureAwait(false);
                    return true;
            }
        }

        return false;
    }

    /// <summary>Finds the data set of a path, and its place on disk, without leaving the served folder.</summary>
    private bool TryLocate(string requested, out string dataSet, out string path)
    {
        (dataSet, path) = ("", "");
        var parts = requested[Prefix.Length..].Split('/');
        // Empty parts may only be the last: a directory's slash.
        if (parts.Length < 2 || parts.SkipLast(1).Contains("") || parts.Any(part => part is "." or ".." || part.Contains('\0')))
        {
            return false;
        }

        dataSet = $"{parts[0]}/{parts[1]}";
        path = Path.Combine(_root, Path.Combine(parts));
        return parts[1].Length > 0 && Directory.Exists(Path.Combine(_root, dataSet));
    }

    private static async Task AnswerDirectoryAsync(HttpContext context, RequestLogEntry entry, string path)
    {
        if (!entry.Path.EndsWith('/'))
        {
            var request = context.Request;
            context.Response.Headers.Location = $"{request.Scheme}://{request.Host}{request.Path.ToUriComponent()}/";
            await RefuseAsync(context, entry, 301, "Moved permanently.").ConfigureAwait(false);
            return;
        }

        await WritePageAsync(context, entry, 200, AutoIndex.Write(entry.Path, new DirectoryInfo(path))).ConfigureAwait(false);
    }

    private async Task AnswerFileAsync(HttpContext context, RequestLogEntry entry, string path)
    {
        using var file = File.OpenHandle(path);
        var size = RandomAccess.GetLength(file);
        var changed = new DateTimeOffset(File.GetLastWriteTimeUtc(file));
        var response = context.Response;
        // nginx's own form: time and size in hexadecimal.
        var etag = string.Create(CultureInfo.InvariantCulture, $"\"{changed.ToUnixTimeSeconds():x}-{size:x}\"");
        var lastModified = changed.ToString("R", CultureInfo.InvariantCulture);
        response.Headers.ETag = etag;
        response.Headers.LastModified = lastModified;
        response.Headers.AcceptRanges = "bytes";

        var condition = context.Request.Headers.IfRange.ToString();
        var unchanged = condition.Length == 0 || condition == etag || condition == lastModified;
        var status = ByteRange.Resolve(unchanged ? (string?)context.Request.Headers.Range : null, size, out var range);
        if (status == 416)
        {
            response.Headers.ContentRange = string.Create(CultureInfo.InvariantCulture, $"bytes */{size}");
            await RefuseAsync(context, entry, status, "Range not satisfiable.").ConfigureAwait(false);
            return;
        }

        if (status == 206)
        {
            response.Headers.ContentRange = range.ToContentRange(size);
        }

        response.ContentType = ContentType(path);
        response.ContentLength = range.Length;
        SetStatus(response, entry, status);
        if (HttpMethods.IsGet(context.Request.Method))
        {
            var plan = BodyPlan.Create(faults.Match(entry.Path, body: true), range.Length, options.BytesPerSecond);
            await BodySender.SendAsync(context, file, range, plan, entry).ConfigureAwait(false);
        }
    }

    private static Task RefuseAsync(HttpContext context, RequestLogEntry entry, int status, string reason) =>
        WritePageAsync(context, entry, status, $"<html><head><title>{status}</title></head><body><h1>{status}</h1>{reason}</body></html>\r\n");

    private static async Task WritePageAsync(HttpContext context, RequestLogEntry entry, int status, string page)
    {
        SetStatus(context.Response, entry, status);
        context.Response.ContentType = "text/html; charset=utf-8";
        var bytes = System.Text.Encoding.UTF8.GetBytes(page);
        context.Response.ContentLength = bytes.Length;
        if (!HttpMethods.IsHead(context.Request.Method))
        {
            entry.AddBytesSent(bytes.Length);
            await context.Response.Body.WriteAsync(bytes, context.RequestAborted).ConfigureAwait(false);
        }
    }

    private static void SetStatus(HttpResponse response, RequestLogEntry entry, int status)
    {
        response.StatusCode = status;
        entry.Status = status;
    }

    private static string ContentType(string path) => Path.GetExtension(path) switch
    {
        ".jpg" => "image/jpeg",
        ".txt" => "text/plain",
        ".csv" => "text/csv",
        ".zip" => "application/zip",
        _ => "application/octet-stream",
    };
}
