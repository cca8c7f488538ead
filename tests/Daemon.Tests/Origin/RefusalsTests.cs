using System.Net;
using System.Net.Http.Headers;
using MimicCxr.Daemon.Origin;
using MimicCxr.Daemon.Tests.Support;

namespace MimicCxr.Daemon.Tests.Origin;

public sealed class RefusalsTests
{
    private readonly ManualTime _time = new();

    [Fact]
    public void Transient_RetryAfterAsDate_IsTheTimeUntilThen()
    {
        using var response = new HttpResponseMessage(HttpStatusCode.ServiceUnavailable);
        response.Headers.RetryAfter = new RetryConditionHeaderValue(_time.GetUtcNow() + TimeSpan.FromSeconds(42));

        Assert.Equal(TimeSpan.FromSeconds(42), Refusals.Transient(response, "host", _time)!.RetryAfter);
    }

    [Fact]
    public void Transient_RetryAfterInThePast_IsNow()
    {
        using var response = new HttpResponseMessage(HttpStatusCode.TooManyRequests);
        response.Headers.RetryAfter = new RetryConditionHeaderValue(_time.GetUtcNow() - TimeSpan.FromDays(1));

        Assert.Equal(TimeSpan.Zero, Refusals.Transient(response, "host", _time)!.RetryAfter);
    }

    [Theory]
    [InlineData(200)]
    [InlineData(401)]
    [InlineData(404)]
    [InlineData(416)]
    public void Transient_OtherStatus_IsNull(int status)
    {
        using var response = new HttpResponseMessage((HttpStatusCode)status);

        Assert.Null(Refusals.Transient(response, "host", _time));
    }

    [Fact]
    public void IsTransient_EachKind_IsAsTheRetriesNeedIt()
    {
        OriginError[] passing = [OriginError.TooManyRequests, OriginError.ServerFailed, OriginError.Unreachable, OriginError.TimedOut, OriginError.BodyCutShort];

        Assert.All(Enum.GetValues<OriginError>(), error => Assert.Equal(passing.Contains(error), new OriginException(error, "").IsTransient));
    }
}
