using System.Net;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http;

namespace MimicCxr.Sandbox.PhysioNet;

/// <summary>
/// Lets shell tests see and steer a running server, from this machine only: GET log, counters; POST faults (one or a
/// list), faults/clear, faults/release, sessions/expire, reset.
/// </summary>
internal sealed class ControlEndpoint(FakePhysioNet server)
{
    /// <summary>What this endpoint answers.</summary>
    public const string Prefix = "/_sandbox/";

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase, allowIntegerValues: false) },
    };

    /// <summary>Answers one request.</summary>
    public async Task HandleAsync(HttpContext context)
    {
        if (context.Connection.RemoteIpAddress is not { } client || !IPAddress.IsLoopback(client))
        {
            context.Response.StatusCode = 403;
            return;
        }

        try
        {
            var command = context.Request.Path.Value![Prefix.Length..];
            var answer = await ExecuteAsync($"{context.Request.Method} {command}", context.Request).ConfigureAwait(false);
            context.Response.StatusCode = answer is null ? 404 : 200;
            await WriteAsync(context, answer ?? new { error = $"no such command: {command}" }).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is ArgumentException or JsonException)
        {
            context.Response.StatusCode = 400;
            await WriteAsync(context, new { error = exception.Message }).ConfigureAwait(false);
        }
    }

    private async Task<object?> ExecuteAsync(string command, HttpRequest request)
    {
        switch (command)
        {
            case "GET log":
                return server.Log.Entries;
            case "GET counters":
                return Counters();
            case "POST faults":
                var count = 0;
                foreach (var fault in await ReadFaultsAsync(request).ConfigureAwait(false))
                {
                    server.Faults.Add(fault);
                    count++;
                }

                return new { added = count };
            case "POST faults/clear":
                server.Faults.Clear();
                return new { };
            case "POST faults/release":
                server.Faults.ReleaseStalls();
                return new { };
            case "POST sessions/expire":
                server.ExpireSessions();
                return new { };
            case "POST reset":
                server.Reset();
                return new { };
            default:
                return null;
        }
    }

    private object Counters() => new
    {
        passwordHashes = server.Log.PasswordHashes,
        peakConcurrentRequests = server.Log.PeakConcurrentRequests,
        bytesSent = server.Log.BytesSent,
        requests = server.Log.Entries.Count,
        requestsByStatus = server.Log.RequestsByStatus(),
        gets = server.Log.GetsByPath(),
    };

    private static async Task<Fault[]> ReadFaultsAsync(HttpRequest request)
    {
        using var body = await JsonDocument.ParseAsync(request.Body, cancellationToken: request.HttpContext.RequestAborted).ConfigureAwait(false);
        var faults = body.RootElement.ValueKind == JsonValueKind.Array
            ? body.Deserialize<Fault[]>(Json)!
            : [body.Deserialize<Fault>(Json)!];
        Array.ForEach(faults, fault => fault.Validate());
        return faults;
    }

    private static Task WriteAsync(HttpContext context, object answer)
    {
        context.Response.ContentType = "application/json";
        return JsonSerializer.SerializeAsync(context.Response.Body, answer, Json, context.RequestAborted);
    }
}
