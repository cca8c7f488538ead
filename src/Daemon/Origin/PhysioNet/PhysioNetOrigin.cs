using System.Net;
using System.Net.Http.Headers;
using MimicCxr.Daemon.Requests;

namespace MimicCxr.Daemon.Origin.PhysioNet;

/// <summary>PhysioNet as the origin.</summary>
internal sealed class PhysioNetOrigin(PhysioNetOptions options, AccountSource accounts, OriginCounters counters, TimeProvider time)
    : HttpOrigin(options, counters, time)
{
    private readonly PhysioNetSession _session = new(options, accounts, counters, time);

    /// <inheritdoc/>
    public override string Url => options.BaseAddress.ToString().TrimEnd('/');

    /// <inheritdoc/>
    public override string Name => options.BaseAddress.Host;

    /// <inheritdoc/>
    protected override async Task<HttpResponseMessage> AskAsync(
        HttpMethod method, string path, Action<HttpRequestHeaders>? headers, CancellationToken cancellationToken)
    {
        var dataSet = string.Join('/', path.Split('/').Take(2));
        var escaped = string.Join('/', path.Split('/').Select(Uri.EscapeDataString));
        var response = await _session.SendAsync(method, new Uri(options.BaseAddress, "/files/" + escaped), dataSet, headers, cancellationToken).ConfigureAwait(false);
        if (response.StatusCode is HttpStatusCode.OK or HttpStatusCode.PartialContent or HttpStatusCode.RequestedRangeNotSatisfiable)
        {
            return response;
        }

        using (response)
        {
            throw response.StatusCode == HttpStatusCode.NotFound
                ? new OriginException(OriginError.NotFound, $"{Name} has no such file in {dataSet.Replace('/', ' ')} (404).")
                : Refusals.Transient(response, Name, Time)
                    ?? new OriginException(OriginError.BadAnswer, $"{Name} answered {(int)response.StatusCode}. Is --origin right?");
        }
    }

    /// <inheritdoc/>
    protected override async Task<IReadOnlyList<FileLength>> ReadDirectoryAsync(RequestPlace place, string path, CancellationToken cancellationToken)
    {
        using var response = await SendAsync(place, HttpMethod.Get, path + "/", null, cancellationToken).ConfigureAwait(false);
        return DirectoryPage.Parse(await ReadTextAsync(response, cancellationToken).ConfigureAwait(false));
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        _session.Dispose();
        base.Dispose(disposing);
    }
}
