using System.Net;
using System.Net.Http.Headers;
using MimicCxr.Daemon.S3;

namespace MimicCxr.Daemon.Origin.Mirror;

/// <summary>
/// Signed requests to a mirror's bucket. Renews credentials that have expired and follows the bucket into its region; what S3 does
/// differently from the web it makes alike: a part is asked for under If-Match, since S3 knows no If-Range.
/// </summary>
internal sealed class MirrorSession(MirrorOptions options, S3Credentials credentials, OriginCounters counters, TimeProvider time) : IDisposable
{
    private readonly OriginConnection _connection = new(options.Url, options, keepsCookies: false, counters);
    private volatile Target _target = Target.Of(options.Address);

    /// <summary>Sends a request; statuses other than 200, 206 and 416 have become exceptions.</summary>
    /// <param name="method">GET or HEAD.</param>
    /// <param name="key">Of an object; empty for the bucket.</param>
    /// <param name="query">Without its '?'; may be empty.</param>
    /// <param name="headers">Adds Range and If-Range.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task<HttpResponseMessage> SendAsync(
        HttpMethod method, string key, string query, Action<HttpRequestHeaders>? headers, CancellationToken cancellationToken)
    {
        for (var (hasRenewed, asksForWhole) = (false, false); ;)
        {
            var (target, renewals) = (_target, credentials.Renewals);
            using var request = NewRequest(target, method, key, query);
            headers?.Invoke(request.Headers);
            Condition(request.Headers, asksForWhole);
            var from = request.Headers.Range?.Ranges.First().From;
            var response = await SendSignedAsync(request, target, cancellationToken).ConfigureAwait(false);
            switch (response.StatusCode)
            {
                case HttpStatusCode.OK or HttpStatusCode.PartialContent:
                    return response;
                case HttpStatusCode.RequestedRangeNotSatisfiable:
                    return from > 0 && response.Content.Headers.ContentRange?.Length is null
                        ? await WithLengthAsync(response, key, cancellationToken).ConfigureAwait(false)
                        : response;
            }

            using (response)
            {
                if (response.StatusCode == HttpStatusCode.PreconditionFailed && !asksForWhole)
                {
                    asksForWhole = true;
                    continue;
                }

                var refusal = await ReadRefusalAsync(response, cancellationToken).ConfigureAwait(false);
                if (refusal.IsExpired && !hasRenewed)
                {
                    credentials.Renew(renewals);
                    hasRenewed = true;
                }
                else if (!TryFollow(target, refusal))
                {
                    throw Refusals.Transient(response, options.Url, time) ?? MirrorRefusals.ToException(refusal, options);
                }
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _connection.Dispose();

    /// <summary>If-Range sends the whole file where it is another one by now; so does this, in two requests.</summary>
    private static void Condition(HttpRequestHeaders headers, bool asksForWhole)
    {
        var tag = headers.IfRange?.EntityTag;
        headers.IfRange = null;
        if (asksForWhole)
        {
            headers.Range = null;
        }
        else if (tag is not null)
        {
            headers.IfMatch.Add(tag);
        }
    }

    private HttpRequestMessage NewRequest(Target target, HttpMethod method, string key, string query)
    {
        var address = key.Length == 0 ? target.Bucket : $"{target.Bucket}/{string.Join('/', key.Split('/').Select(Uri.EscapeDataString))}";
        var queries = options.Project is { } project ? $"{query}{(query.Length > 0 ? "&" : "")}userProject={Uri.EscapeDataString(project)}" : query;
        var request = new HttpRequestMessage(method, new Uri(queries.Length == 0 ? address : $"{address}?{queries}")) { Version = HttpVersion.Version11 };
        if (options.RequesterPays)
        {
            request.Headers.TryAddWithoutValidation("x-amz-request-payer", "requester");
        }

        return request;
    }

    private async Task<HttpResponseMessage> SendSignedAsync(HttpRequestMessage request, Target target, CancellationToken cancellationToken)
    {
        try
        {
            await S3Signature.SignAsync(request, credentials, target.Region, cancellationToken).ConfigureAwait(false);
        }
        catch (S3CredentialsException e)
        {
            throw new OriginException(
                OriginError.BucketRefused, $"There are no credentials for {options.Url}. Check {MirrorRefusals.Credentials(options)}.", e);
        }

        return await _connection.SendAsync(request, cancellationToken).ConfigureAwait(false);
    }

    private async Task<S3Error> ReadRefusalAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(options.StallTimeout);
        try
        {
            return await MirrorRefusals.ReadAsync(response, limit.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is HttpRequestException or IOException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            // The status has to do.
            return new S3Error(response.StatusCode, "", null);
        }
    }

    /// <summary>A part that lies behind the end: unlike other servers S3 does not say where that is.</summary>
    private async Task<HttpResponseMessage> WithLengthAsync(HttpResponseMessage response, string key, CancellationToken cancellationToken)
    {
        using var head = await SendAsync(HttpMethod.Head, key, "", null, cancellationToken).ConfigureAwait(false);
        if (head.Content.Headers.ContentLength is { } length)
        {
            response.Content.Headers.ContentRange = new ContentRangeHeaderValue(length);
            response.Headers.ETag = head.Headers.ETag;
        }

        return response;
    }

    /// <summary>Goes to the region where the service says the bucket is, once, and never away from one that the user named.</summary>
    private bool TryFollow(Target from, S3Error refusal)
    {
        if (options.Address.Region is not null || !refusal.IsElsewhere || refusal.Region is null || refusal.Region == from.Region)
        {
            return false;
        }

        // Others may be there already.
        var isFirst = _target == from && !from.WasFollowed;
        if (isFirst)
        {
            _target = Target.Of(options.Address.In(refusal.Region)) with { WasFollowed = true };
        }

        return isFirst || _target != from;
    }

    /// <param name="Bucket">The bucket's address.</param>
    /// <param name="Region">What is signed for.</param>
    private sealed record Target(string Bucket, string Region)
    {
        /// <summary>Whether the service named the region.</summary>
        public bool WasFollowed { get; init; }

        public static Target Of(S3Address address) => new(address.Resolve(), address.SigningRegion);
    }
}
