using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;
using MimicCxr.Sandbox.PhysioNet;

namespace MimicCxr.Sandbox.Kaggle;

/// <summary>Gives the archive by Range to whoever has an address that is still good, as a bucket with signed addresses does: GET alone, If-Match but no If-Range.</summary>
internal sealed class ArchiveStorage(FakeKaggleOptions options, FaultPlan faults, RequestLog log)
{
    private const string Path = "/archive";
    private const string Signature = "signature";

    /// <summary>By signature: requests that are left.</summary>
    private readonly ConcurrentDictionary<string, int> _good = new();

    /// <summary>Where the storage listens.</summary>
    public Uri Address { get; set; } = new("http://127.0.0.1");

    /// <summary>An address that is good for a while.</summary>
    public Uri NewAddress()
    {
        var signature = RandomNumberGenerator.GetHexString(32);
        _good[signature] = options.AddressRequests ?? int.MaxValue;
        return new Uri(Address, $"{Path}?{Signature}={signature}");
    }

    /// <summary>From now on no address is good that was given out before.</summary>
    public void ExpireAddresses() => _good.Clear();

    /// <summary>Answers one request.</summary>
    public Task HandleAsync(HttpContext context) =>
        log.RecordAsync(context, hadPassword: context.Request.Headers.Authorization.Count > 0, entry => AnswerAsync(context, entry));

    private async Task AnswerAsync(HttpContext context, RequestLogEntry entry)
    {
        var (request, response) = (context.Request, context.Response);
        if (faults.Match(entry.Path, body: false).FirstOrDefault(hit => hit.Fault.Kind == FaultKind.Status) is { Fault: { } fault })
        {
            response.StatusCode = entry.Status = fault.Status;
            return;
        }

        if (!HttpMethods.IsGet(request.Method) || request.Path != Path || !TryUse(request.Query[Signature].ToString()))
        {
            response.StatusCode = entry.Status = 403;
            return;
        }

        using var file = File.OpenHandle(options.Archive, share: FileShare.ReadWrite | FileShare.Delete);
        var size = RandomAccess.GetLength(file);
        var etag = string.Create(CultureInfo.InvariantCulture, $"\"{File.GetLastWriteTimeUtc(file).Ticks:x}-{size:x}\"");
        response.Headers.ETag = etag;
        if (request.Headers.IfMatch is [{ } wanted] && wanted != etag)
        {
            response.StatusCode = entry.Status = 412;
            return;
        }

        response.StatusCode = entry.Status = ByteRange.Resolve(entry.Range, size, out var range);
        if (entry.Status == 416)
        {
            response.Headers.ContentRange = string.Create(CultureInfo.InvariantCulture, $"bytes */{size}");
            return;
        }

        if (entry.Status == 206)
        {
            response.Headers.ContentRange = range.ToContentRange(size);
        }

        response.ContentLength = range.Length;
        await BodySender.SendAsync(context, file, range, BodyPlan.Create(faults.Match(entry.Path, body: true), range.Length, null), entry).ConfigureAwait(false);
    }

    private bool TryUse(string signature)
    {
        while (_good.TryGetValue(signature, out var left) && left > 0)
        {
            if (_good.TryUpdate(signature, left - 1, left))
            {
                return true;
            }
        }

        return false;
    }
}
