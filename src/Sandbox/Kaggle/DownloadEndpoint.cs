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
    public Task HandleAsync(HttpContext context) => log.RecordAsync(context, hadPassword: context.Request.Headers.Authorization.Count > 0, entry =>
    {
        context.Response.StatusCode = entry.Status = Answer(context.Request, context.Response);
        return Task.CompletedTask;
    });

    private int Answer(HttpRequest request, HttpResponse response)
    {
        var path = request.Path.Value!;
        if (faults.Match(path, body: false).FirstOrDefault(hit => hit.Fault.Kind == FaultKind.Status).Fault is { } fault)
        {
            if (fault.RetryAfterSeconds is { } seconds)
            {
                response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
            }

            return fault.Status;
        }

        if (path != Prefix + options.DataSet)
        {
            return 404;
        }

        if (AccountOf(request.Headers.Authorization.ToString()) is not { } account)
        {
            return 401;
        }

        if (!account.HasSigned(options.DataSet))
        {
            return 403;
        }

        var elsewhere = faults.Match(path, body: false).FirstOrDefault(hit => hit.Fault.Kind == FaultKind.Redirect).Fault?.Location;
        response.Headers.Location = (elsewhere ?? storage.NewAddress()).AbsoluteUri;
        return 302;
    }

    private FakeAccount? AccountOf(string authorization) =>
        authorization.StartsWith(Bearer, StringComparison.Ordinal)
            ? options.Accounts.FirstOrDefault(account => account.Password == authorization[Bearer.Length..])
            : BasicCredentials.Parse(authorization) is { } given
                ? options.Accounts.FirstOrDefault(account => account.Name == given.Name && account.Password == given.Password)
                : null;
}
