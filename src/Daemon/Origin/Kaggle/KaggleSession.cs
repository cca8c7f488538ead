using System.Net;

namespace MimicCxr.Daemon.Origin.Kaggle;

/// <summary>
/// Where Kaggle keeps an archive: it answers a signed-in request with a redirect to a storage, whose address carries a signature and is good
/// for a while. That address is asked for once for all requests, and once more when the storage refuses it. The account goes to
/// Kaggle alone.
/// </summary>
internal sealed class KaggleSession : IDisposable
{
    private const int LongestRedirectChain = 5;

    private readonly KaggleOptions _options;
    private readonly KaggleAccountSource _accounts;
    private readonly OriginCounters _counters;
    private readonly TimeProvider _time;
    private readonly OriginConnection _connection;
    private readonly SemaphoreSlim _asking = new(1);
    private readonly RefusedAccount<KaggleAccount?> _refused; // while _asking is held
    private volatile Uri? _storage;

    public KaggleSession(KaggleOptions options, KaggleAccountSource accounts, OriginCounters counters, TimeProvider time)
    {
        (_options, _accounts, _counters, _time) = (options, accounts, counters, time);
        _refused = new RefusedAccount<KaggleAccount?>(time);
        _connection = new OriginConnection(options.Endpoint.Host, options, keepsCookies: false, counters);
    }

    private string Name => _options.Endpoint.Host;

    /// <summary>The archive's address at the storage.</summary>
    /// <param name="refused">The one that the storage refuses by now; null at first.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>The address, and whether Kaggle was asked for it now.</returns>
    /// <exception cref="OriginException">Kaggle does not tell.</exception>
    public async ValueTask<(Uri Address, bool IsFresh)> LocateAsync(Uri? refused, CancellationToken cancellationToken)
    {
        if (_storage is { } known && known != refused)
        {
            return (known, false);
        }

        await _asking.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_storage is { } others && others != refused)
            {
                return (others, false);
            }

            _storage = null;
            _storage = await AskAsync(cancellationToken).ConfigureAwait(false);
            return (_storage, true);
        }
        finally
        {
            _asking.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _connection.Dispose();
        _asking.Dispose();
    }

    private async Task<Uri> AskAsync(CancellationToken cancellationToken)
    {
        var account = _accounts.Find();
        _refused.ThrowIf(account);
        var address = new Uri(_options.Endpoint, $"/api/v1/datasets/download/{_options.DataSet}?datasetVersionNumber={Uri.EscapeDataString(_options.Version)}");
        for (var hop = 0; hop < LongestRedirectChain; hop++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, address) { Version = HttpVersion.Version11 };
            request.Headers.TryAddWithoutValidation("User-Agent", "mimic-cxr");
            if (account is not null)
            {
                Interlocked.Increment(ref _counters.Logins);
                request.Headers.Authorization = account.Header;
            }

            using var response = await _connection.SendAsync(request, cancellationToken).ConfigureAwait(false);
            if ((int)response.StatusCode is not (>= 300 and < 400) || response.Headers.Location is not { } location)
            {
                throw Refusal(response, account);
            }

            address = new Uri(address, location);
            if (address.Authority != _options.Endpoint.Authority || address.Scheme != _options.Endpoint.Scheme)
            {
                return address.Scheme == Uri.UriSchemeHttps || (address.Scheme == Uri.UriSchemeHttp && address.IsLoopback)
                    ? address
                    : throw new OriginException(OriginError.BadAnswer, $"{Name} redirects to an address without https. Is --kaggle-endpoint right?");
            }
        }

        throw new OriginException(OriginError.BadAnswer, $"{Name} redirects in a circle. Is --kaggle-endpoint right?");
    }

    private OriginException Refusal(HttpResponseMessage response, KaggleAccount? account)
    {
        var page = new Uri(_options.Endpoint, "/datasets/" + _options.DataSet);
        var settings = new Uri(_options.Endpoint, "/settings");
        var reason = response.StatusCode switch
        {
            HttpStatusCode.Unauthorized => new OriginException(
                OriginError.NotSignedIn,
                (account is null ? $"{Name} asks for an account." : $"{Name} refused the key of {account}.")
                + $" Create a token at {settings} (API), and put its kaggle.json into ~/.kaggle, or set KAGGLE_USERNAME and KAGGLE_KEY for the daemon."),
            HttpStatusCode.Forbidden => new OriginException(
                OriginError.AgreementNotSigned,
                $"{Name} answered 403: {account?.ToString() ?? "nobody without an account"} may not have this data set. "
                + (account is null ? $"Create a token at {settings} (API), and put its kaggle.json into ~/.kaggle." : $"Accept the data set's terms at {page}.")),
            HttpStatusCode.NotFound => new OriginException(
                OriginError.NotFound, $"{Name} has no {_options.DataSet} in version {_options.Version} (404). Is --kaggle-endpoint right?"),
            _ => null,
        };
        return reason is not null ? _refused.Keep(account, reason)
            : Refusals.Transient(response, Name, _time)
                ?? new OriginException(OriginError.BadAnswer, $"{Name} answered {(int)response.StatusCode} instead of telling where the archive is. Is --kaggle-endpoint right?");
    }
}
