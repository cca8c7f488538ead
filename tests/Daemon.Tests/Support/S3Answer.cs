using Microsoft.AspNetCore.Http;

namespace MimicCxr.Daemon.Tests.Support;

/// <summary>What a test makes the S3 stand-in answer.</summary>
/// <param name="WriteAsync">Writes it.</param>
internal sealed record S3Answer(Func<HttpContext, Task> WriteAsync)
{
    /// <summary>An error as S3 words it.</summary>
    public static S3Answer Error(int status, string code, string message = "as scripted", string? region = null, DateTimeOffset? date = null, int? retryAfter = null) => new(context =>
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/xml";
        if (region is not null)
        {
            context.Response.Headers["x-amz-bucket-region"] = region;
        }

        if (retryAfter is { } seconds)
        {
            context.Response.Headers.RetryAfter = seconds.ToString(System.Globalization.CultureInfo.InvariantCulture);
        }

        if (date is { } time)
        {
            context.Response.GetTypedHeaders().Date = time;
        }

        return HttpMethods.IsHead(context.Request.Method) ? Task.CompletedTask
            : context.Response.WriteAsync($"<?xml version=\"1.0\" encoding=\"UTF-8\"?><Error><Code>{code}</Code><Message>{message}</Message></Error>");
    });

    /// <summary>An answer of this text.</summary>
    public static S3Answer Xml(string text) => new(context =>
    {
        context.Response.ContentType = "application/xml";
        return context.Response.WriteAsync(text);
    });

    /// <summary>Nothing until the client gives up.</summary>
    public static S3Answer Never { get; } = new(context =>
    {
        var gone = new TaskCompletionSource();
        context.RequestAborted.Register(gone.SetResult);
        return gone.Task;
    });

    /// <summary>A web page.</summary>
    public static S3Answer Html { get; } = new(context =>
    {
        context.Response.ContentType = "text/html";
        return context.Response.WriteAsync("<!DOCTYPE html><html><head><meta charset=utf-8><title>Welcome</title><body>It works!<br>");
    });

    /// <summary>The beginning of an object, then a broken connection, or silence.</summary>
    public static S3Answer Part(byte[] whole, int count, bool isSilent) => new(async context =>
    {
        context.Response.StatusCode = 206;
        context.Response.ContentLength = whole.Length;
        context.Response.Headers.ETag = S3StandIn.ETagOf(whole);
        await context.Response.Body.WriteAsync(whole.AsMemory(0, count));
        await context.Response.Body.FlushAsync();
        if (isSilent)
        {
            await Never.WriteAsync(context);
        }

        context.Abort();
    });
}
