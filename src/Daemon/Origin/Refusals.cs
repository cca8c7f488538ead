using System.Net;

namespace MimicCxr.Daemon.Origin;

/// <summary>Turns statuses of the origin into errors.</summary>
internal static class Refusals
{
    /// <summary>The error of a status that may pass (429 and 5xx), with its Retry-After; null for any other.</summary>
    public static OriginException? Transient(HttpResponseMessage response, string host, TimeProvider time)
    {
        var error = response.StatusCode switch
        {
            HttpStatusCode.TooManyRequests => OriginError.TooManyRequests,
            >= HttpStatusCode.InternalServerError => OriginError.ServerFailed,
            _ => (OriginError?)null,
        };
        if (error is null)
        {
            return null;
        }

        var after = response.Headers.RetryAfter;
        return new OriginException(error.Value, $"{host} answered {(int)response.StatusCode}.")
        {
            RetryAfter = after?.Delta ?? (after?.Date is { } date ? Positive(date - time.GetUtcNow()) : null),
        };
    }

    private static TimeSpan Positive(TimeSpan span) => span < TimeSpan.Zero ? TimeSpan.Zero : span;
}
