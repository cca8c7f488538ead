using System.Globalization;
using Microsoft.AspNetCore.Http;
using MimicCxr.Sandbox.PhysioNet;

namespace MimicCxr.Sandbox.Kaggle;

/// <summary>Answers /api/v1/datasets/download/OWNER/NAME with a redirect to the storage, as www.kaggle.com does.</summary>
internal sealed class DownloadEndpoint(FakeKaggleOptions options, FaultPlan faults, RequestLog log, ArchiveStorage storage)
{
    private const string Prefix = "/api/v1/datasets/download/";
    private const string Bearer = "Bearer ";

    /// <summary>Answers one request.</summary>
    public Task HandleAsync(HttpContext context)
    {
        var (request, response) = (context.Request, context.Response);
        var authorization = request.Headers.Authorization.ToString();
        var entry = new RequestLogEntry
        {
            Method = request.Method,
            Path = request.Path.Value!,
            HadPassword = authorization.Length > 0,
            HadCookie = request.Cookies.Count > 0,
            Range = null,
        };
        log.Begin(entry);
        foreach (var (fault, _, _) in faults.Match(entry.Path, body: false).Where(hit => hit.Fault.Kind == FaultKind.Status))
        {
            if (fault.RetryAfterSeconds is { } seconds)
            {
                response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
            }

            return EndAsync(fault.Status);
        }

        if (request.Path.Value != Prefix + options.DataSet)
        {
            return EndAsync(404);
        }

        if (AccountOf(authorization) is not { } account)
        {
            return EndAsync(401);
        }

        if (!account.HasSigned(options.DataSet))
        {
            return EndAsync(403);
        }

        var elsewhere = faults.Match(entry.Path, body: false).FirstOrDefault(hit => hit.Fault.Kind == FaultKind.Redirect).Fault?.Location;
        response.Headers.Location = (elsewhere ?? storage.NewAddress()).AbsoluteUri;
        return EndAsync(302);

        Task EndAsync(int status)
        {
            response.StatusCode = entry.Status = status;
            log.End();
            return Task.CompletedTask;
        }
    }

    private FakeAccount? AccountOf(string authorization) =>
        authorization.StartsWith(Bearer, StringComparison.Ordinal)
            ? options.Accounts.FirstOrDefault(account => account.Password == authorization[Bearer.Length..])
            : BasicCredentials.Parse(authorization) is { } given
                ? options.Accounts.FirstOrDefault(account => account.Name == given.Name && account.Password == given.Password)
                : null;
}
