using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace MimicCxr.Sandbox.PhysioNet;

/// <summary>
/// Who may read: PhysioNet's rules, from the behaviour of its open source server (physionet-build, issue 1434 there).
/// </summary>
internal sealed class AccessRules(PasswordCheck passwords, SessionTable sessions)
{
    private const string SessionCookie = "sessionid";
    private const string Challenge = "Basic realm=\"PhysioNet\", charset=\"UTF-8\"";

    /// <summary>Agents whose passwords are honoured.</summary>
    private static readonly string[] Agents = ["Wget/", "libwfdb/"];

    /// <summary>Decides about a request, and sets the headers and cookies that go with the decision.</summary>
    /// <param name="context">The request.</param>
    /// <param name="dataSet">"slug/version".</param>
    /// <returns>200, or 401 or 403 with the reason.</returns>
    public (int Status, string Reason) Check(HttpContext context, string dataSet)
    {
        var request = context.Request;
        var agent = request.Headers.UserAgent.ToString();
        if (!Agents.Any(prefix => agent.StartsWith(prefix, StringComparison.Ordinal)))
        {
            return (403, "This agent may not read files with a password.");
        }

        if (!HttpMethods.IsGet(request.Method) && !HttpMethods.IsHead(request.Method))
        {
            return (403, "Only GET and HEAD.");
        }

        var account = sessions.Use(request.Cookies[SessionCookie]) ?? SignIn(context);
        if (account is null)
        {
            context.Response.Headers.WWWAuthenticate = Challenge;
            SetCookie(context, "testcookie=1; Path=/");
            return (401, "Sign in.");
        }

        return account.HasSigned(dataSet) ? (200, "") : (403, "The agreement of this data set is not signed.");
    }

    /// <summary>Ends the session that a request carries.</summary>
    public void EndSession(HttpRequest request) => sessions.End(request.Cookies[SessionCookie]);

    private FakeAccount? SignIn(HttpContext context)
    {
        if (BasicCredentials.Parse(context.Request.Headers.Authorization) is not { } credentials)
        {
            return null;
        }

        var account = passwords.Check(credentials.Name, credentials.Password);
        // Only a client that has shown that it keeps cookies gets a session: any cookie will do.
        if (account is not null && context.Request.Cookies.Count > 0)
        {
            var secure = context.Request.IsHttps ? "; Secure" : "";
            SetCookie(context, $"{SessionCookie}={sessions.Start(account)}; HttpOnly; Path=/; SameSite=Lax{secure}");
        }

        return account;
    }

    private static void SetCookie(HttpContext context, string cookie) =>
        context.Response.Headers.Append(HeaderNames.SetCookie, cookie);
}
