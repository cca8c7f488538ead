using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Win32.SafeHandles;

namespace MimicCxr.Sandbox.PhysioNet;

/// <summary>Sends a part of a file, with the faults of its plan.</summary>
internal static class BodySender
{
    private const int Portion = 256 * 1024;
    private static readonly object PacerKey = new();

    /// <summary>Sends the body; the headers are set, with the length that the client is told.</summary>
    public static async Task SendAsync(HttpContext context, SafeFileHandle file, ByteRange range, BodyPlan plan, RequestLogEntry entry)
    {
        var cancelled = context.RequestAborted;
        await context.Response.StartAsync(cancelled).ConfigureAwait(false);
        if (plan.IsDisturbed)
        {
            // The headers leave with the first bytes otherwise, which may not come for a while.
            await context.Response.BodyWriter.FlushAsync(cancelled).ConfigureAwait(false);
        }

        var size = RandomAccess.GetLength(file);
        var pacer = PacerOf(context);
        var end = Math.Min(range.Length, plan.EndAfter ?? range.Length);
        for (var sent = 0L; sent < end;)
        {
            if (sent == plan.StallAfter)
            {
                await StallAsync(plan, cancelled).ConfigureAwait(false);
            }

            var upTo = plan.StallAfter > sent ? Math.Min(end, plan.StallAfter.Value) : end;
            var portion = plan.BytesPerSecond is { } limit ? ConnectionPacer.Portion(limit) : Portion;
            var buffer = context.Response.BodyWriter.GetMemory(portion)[..(int)Math.Min(portion, upTo - sent)];
            // Straight from the page cache into the connection's buffer; waiting for a local disk is not worth a task.
            var count = RandomAccess.Read(file, buffer.Span, range.Offset + sent);
            plan.Damage(buffer.Span[..count], range.Offset + sent, size);
            if (plan.BytesPerSecond is { } bytesPerSecond)
            {
                await pacer.PassAsync(count, bytesPerSecond, cancelled).ConfigureAwait(false);
            }

            entry.AddBytesSent(count);
            context.Response.BodyWriter.Advance(count);
            var flushed = await context.Response.BodyWriter.FlushAsync(cancelled).ConfigureAwait(false);
            if (flushed.IsCompleted || count == 0)
            {
                return;
            }

            sent += count;
        }

        if (plan.Reset)
        {
            context.Abort();
        }
    }

    private static async Task StallAsync(BodyPlan plan, CancellationToken cancelled)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancelled);
        over.CancelAfter(plan.StallTime);
        await plan.Released.WaitAsync(over.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancelled.ThrowIfCancellationRequested();
    }

    private static ConnectionPacer PacerOf(HttpContext context)
    {
        var items = context.Features.GetRequiredFeature<IConnectionItemsFeature>().Items;
        if (items.TryGetValue(PacerKey, out var known))
        {
            return (ConnectionPacer)known!;
        }

        var pacer = new ConnectionPacer();
        items[PacerKey] = pacer;
        return pacer;
    }
}
