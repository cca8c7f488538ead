using System.Net;
using System.Net.Http.Headers;
using System.Text;

namespace MimicCxr.Daemon.Origin.PhysioNet;

/// <summary>
/// One signed-in session with PhysioNet. The server hashes the password (about 0.1 s of its CPU) on every request
/// that carries it without a cookie, and hands out the first cookie only with a 401 (physionet-build). So: ask once
/// without the password, answer the 401 with password and cookie, and from then on send the session's cookie alone.
/// When the session ends, one request signs in again while the others wait.
/// </summary>
internal sealed class PhysioNetSession : IDisposable
{
    private const int LongestRedirectChain = 5;

    /// <summary>So many sessions that refuse the very request that they were begun for.</summary>
    private const int LastRefusal = 3;

    private readonly PhysioNetOptions _options;
    private readonly AccountSource _accounts;
    private readonly OriginCounters _counters;
    private readonly TimeProvider _time;
    private readonly OriginConnection _connection;
    private readonly SemaphoreSlim _signIn = new(1);
    private readonly RefusedAccount<Account> _refused; // while _signIn is held
    private volatile int _signedIn;
    private int _generation;

    public PhysioNetSession(PhysioNetOptions options, AccountSource accounts, OriginCounters counters, TimeProvider time)
    {
        _options = options;
        _accounts = accounts;
        _counters = counters;
        _time = time;
        _refused = new RefusedAccount<Account>(time);
        _connection = new OriginConnection(options.BaseAddress.Host, options, keepsCookies: true, counters);
    }

    /// <summary>
    /// Sends a request as a signed-in user. Answers of 401 and 403 have become exceptions; other statuses are the caller's.
    /// </summary>
    /// <exception cref="OriginException">Not signed in, not permitted, or no answer.</exception>
    public async Task<HttpResponseMessage> SendAsync(
        HttpMethod method, Uri address, string dataSet, Action<HttpRequestHeaders>? headers, CancellationToken cancellationToken)
    {
        var refusals = 0;
        while (true)
        {
            var (response, session, isFirst) = await SendInSessionAsync(method, address, dataSet, headers, cancellationToken).ConfigureAwait(false);
            if (response.StatusCode is not (HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden))
            {
                return response;
            }

            using (response)
            {
                if (response.StatusCode == HttpStatusCode.Forbidden)
                {
                    throw Forbidden(dataSet, _accounts.Find());
                }
            }

            // A session that others used may just have ended; nobody had used this one.
            if (isFirst && ++refusals == LastRefusal)
            {
                throw new OriginException(
                    OriginError.NotSignedIn, $"{_options.BaseAddress.Host} accepts the password but ends every session at once. Try again later.");
            }

            Interlocked.CompareExchange(ref _signedIn, 0, session);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _connection.Dispose();
        _signIn.Dispose();
    }

    /// <summary>
    /// Sends a request in the session that there is, or signs in for it. Then it is the first in the new session: the others wait for its
    /// answer, so that they cannot use the session up before it.
    /// </summary>
    private async Task<(HttpResponseMessage Response, int Session, bool IsFirst)> SendInSessionAsync(
        HttpMethod method, Uri address, string dataSet, Action<HttpRequestHeaders>? headers, CancellationToken cancellationToken)
    {
        var session = _signedIn;
        if (session == 0)
        {
            await _signIn.WaitAsync(cancellationToken).ConfigureAwait(false);
            try
            {
                session = _signedIn;
                if (session == 0)
                {
                    await SignInAsync(address, dataSet, cancellationToken).ConfigureAwait(false);
                    session = ++_generation;
                    try
                    {
                        return (await SendFollowingAsync(method, address, headers, cancellationToken).ConfigureAwait(false), session, IsFirst: true);
                    }
                    finally
                    {
                        _signedIn = session;
                    }
                }
            }
            finally
            {
                _signIn.Release();
            }
        }

        return (await SendFollowingAsync(method, address, headers, cancellationToken).ConfigureAwait(false), session, IsFirst: false);
    }

    private async Task SignInAsync(Uri address, string dataSet, CancellationToken cancellationToken)
    {
        using (var challenge = await SendOnceAsync(HttpMethod.Head, address, null, cancellationToken).ConfigureAwait(false))
        {
            // Anything but 401: no account is needed here, or an older session is still good.
            if (challenge.StatusCode != HttpStatusCode.Unauthorized)
            {
                ThrowIfTransient(challenge);
                return;
            }
        }

        var account = _accounts.Find() ?? throw new OriginException(
            OriginError.NotSignedIn,
            $"{_options.BaseAddress.Host} asks for an account. Run 'mimic-cxr login', or set PHYSIONET_USERNAME and PHYSIONET_PASSWORD.");
        _refused.ThrowIf(account);

        Interlocked.Increment(ref _counters.Logins);
        var credentials = Convert.ToBase64String(Encoding.UTF8.GetBytes($"{account.UserName}:{account.Password}"));
        using var answer = await SendOnceAsync(
            HttpMethod.Head, address, headers => headers.Authorization = new AuthenticationHeaderValue("Basic", credentials), cancellationToken).ConfigureAwait(false);
        ThrowIfTransient(answer);
        if (answer.StatusCode == HttpStatusCode.Unauthorized)
        {
            throw _refused.Keep(account, new OriginException(
                OriginError.NotSignedIn, $"{_options.BaseAddress.Host} refused the password of the account {account.UserName}. Run 'mimic-cxr login' again."));
        }

        if (answer.StatusCode == HttpStatusCode.Forbidden)
        {
            throw Forbidden(dataSet, account);
        }
    }

    private OriginException Forbidden(string dataSet, Account? account)
    {
        var agent = _options.UserAgent;
        if (!agent.StartsWith("Wget/", StringComparison.Ordinal) && !agent.StartsWith("libwfdb/", StringComparison.Ordinal))
        {
            return new OriginException(
                OriginError.AgentRefused,
                $"{_options.BaseAddress.Host} answered 403: it takes passwords only from agents that start with Wget/ or libwfdb/, and --user-agent is '{agent}'.");
        }

        var who = account is null ? "this account" : $"the account {account.UserName}";
        return new OriginException(
            OriginError.AgreementNotSigned,
            $"{_options.BaseAddress.Host} answered 403 for {dataSet.Replace('/', ' ')}: {who} has not signed this data set's agreement; sign at {_options.BaseAddress}sign-dua/{dataSet}/");
    }

    private async Task<HttpResponseMessage> SendFollowingAsync(
        HttpMethod method, Uri address, Action<HttpRequestHeaders>? headers, CancellationToken cancellationToken)
    {
        for (var hop = 0; ; hop++)
        {
            var response = await SendOnceAsync(method, address, headers, cancellationToken).ConfigureAwait(false);
            if (response.StatusCode is not (HttpStatusCode.MovedPermanently or HttpStatusCode.Found or HttpStatusCode.SeeOther
                    or HttpStatusCode.TemporaryRedirect or HttpStatusCode.PermanentRedirect)
                || response.Headers.Location is not { } location)
            {
                return response;
            }

            using (response)
            {
                var target = new Uri(address, location);
                if (hop == LongestRedirectChain || (target.Scheme != Uri.UriSchemeHttps && target.Authority != _options.BaseAddress.Authority))
                {
                    throw new OriginException(OriginError.BadAnswer, $"{_options.BaseAddress.Host} redirects in a circle or away from https. Is --origin right?");
                }

                // Cookies stay with their host (CookieContainer), and the password is only ever sent by SignInAsync.
                address = target;
            }
        }
    }

    private async Task<HttpResponseMessage> SendOnceAsync(
        HttpMethod method, Uri address, Action<HttpRequestHeaders>? headers, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(method, address) { Version = HttpVersion.Version11 };
        request.Headers.TryAddWithoutValidation("User-Agent", _options.UserAgent);
        headers?.Invoke(request.Headers);
        return await _connection.SendAsync(request, cancellationToken).ConfigureAwait(false);
    }

    private void ThrowIfTransient(HttpResponseMessage response)
    {
        if (Refusals.Transient(response, _options.BaseAddress.Host, _time) is { } refusal)
        {
            throw refusal;
        }
    }
}
