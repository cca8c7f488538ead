using System.Net;
using System.Net.Http.Headers;
using MimicCxr.Daemon.Requests;

namespace MimicCxr.Daemon.Origin.Kaggle;

/// <summary>
/// One data set at Kaggle, which is one archive whatever the path that is asked for. Read by Range at the storage that Kaggle leads to.
/// </summary>
internal sealed class KaggleOrigin : HttpOrigin
{
    private readonly KaggleOptions _options;
    private readonly KaggleSession _session;
    private readonly OriginConnection _storage;

    public KaggleOrigin(KaggleOptions options, KaggleAccountSource accounts, OriginCounters counters, TimeProvider time)
        : base(options, counters, time)
    {
        _options = options;
        _session = new KaggleSession(options, accounts, counters, time);
        _storage = new OriginConnection(Name, options, keepsCookies: false, counters);
    }

    /// <inheritdoc/>
    public override string Url => _options.Endpoint.ToString().TrimEnd('/');

    /// <inheritdoc/>
    public override string Name => "the storage of " + _options.Endpoint.Host;

    /// <inheritdoc/>
    protected override async Task<HttpResponseMessage> AskAsync(
        HttpMethod method, string path, Action<HttpRequestHeaders>? headers, CancellationToken cancellationToken)
    {
        Uri? refused = null;
        while (true)
        {
            var (address, isFresh) = await _session.LocateAsync(refused, cancellationToken).ConfigureAwait(false);
            using var request = new HttpRequestMessage(method, address) { Version = HttpVersion.Version11 };
            headers?.Invoke(request.Headers);
            Condition(request.Headers);
            var response = await _storage.SendAsync(request, cancellationToken).ConfigureAwait(false);
            var isPart = response.StatusCode is HttpStatusCode.PartialContent or HttpStatusCode.RequestedRangeNotSatisfiable;
            if (isPart || (response.StatusCode == HttpStatusCode.OK && request.Headers.Range is null))
            {
                return response;
            }

            using (response)
            {
                // One that others have asked for meanwhile may be used up as well.
                if (IsExpired(response.StatusCode) && !(isFresh && refused is not null))
                {
                    refused = address;
                    continue;
                }

                throw Refusal(response);
            }
        }
    }

    /// <inheritdoc/>
    protected override Task<IReadOnlyList<FileLength>> ReadDirectoryAsync(RequestPlace place, string path, CancellationToken cancellationToken) =>
        throw new OriginException(OriginError.BadAnswer, "An archive has no pages of directories.");

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        _storage.Dispose();
        _session.Dispose();
        base.Dispose(disposing);
    }

    /// <summary>Storages need not know If-Range; and where the archive is another one, nobody wants all of it.</summary>
    private static void Condition(HttpRequestHeaders headers)
    {
        if (headers.IfRange?.EntityTag is { } tag)
        {
            headers.IfRange = null;
            headers.IfMatch.Add(tag);
        }
    }

    /// <summary>What storages answer when a signature's time is over: 403 or 410, Google's 400.</summary>
    private static bool IsExpired(HttpStatusCode status) =>
        status is HttpStatusCode.BadRequest or HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden or HttpStatusCode.NotFound or HttpStatusCode.Gone;

    private OriginException Refusal(HttpResponseMessage response) => response.StatusCode switch
    {
        HttpStatusCode.PreconditionFailed => new OriginException(OriginError.Changed, $"{_options.Endpoint.Host} has another archive by now."),
        HttpStatusCode.OK => new OriginException(OriginError.BadAnswer, $"{Name} does not serve parts of files. Is --kaggle-endpoint right?"),
        _ => Refusals.Transient(response, Name, Time)
            ?? new OriginException(OriginError.BadAnswer, $"{Name} refuses a fresh address ({(int)response.StatusCode}). Is this machine's clock right?"),
    };
}
