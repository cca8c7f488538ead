using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using MimicCxr.Fs.Fuse.Wire;

namespace MimicCxr.Fs.Fuse;

/// <summary>
/// Sends notifications from a thread of its own, in order. The write of one may wait inside the kernel for an
/// answer to a READ or LOOKUP of the same node, so no thread that gives such answers may make it.
/// </summary>
internal sealed class NotificationWriter(IFuseChannel channel, FuseCounters counters, ILogger logger)
{
    private readonly WorkQueue<Notification> _queue = new();

    /// <summary>Drops the pages and attributes of a node.</summary>
    public void InvalidateNode(NodeId node) =>
        _queue.TryEnqueue(new Notification(FuseNotification.InvalidateInode, node));

    /// <summary>Drops a name, whether the kernel holds it as existing or as missing.</summary>
    public void InvalidateName(NodeId directory, ReadOnlySpan<byte> name) =>
        _queue.TryEnqueue(new Notification(FuseNotification.InvalidateEntry, directory) { Name = name.ToArray() });

    /// <summary>Completes when all that was asked for before has been sent.</summary>
    public Task FlushAsync()
    {
        var sent = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        if (!_queue.TryEnqueue(new Notification(default, default) { Sent = sent }))
        {
            sent.SetResult();
        }

        return sent.Task;
    }

    /// <summary>Takes no more; <see cref="Run"/> ends when the rest is sent.</summary>
    public void Complete() => _queue.Complete();

    /// <summary>The thread's loop.</summary>
    public void Run()
    {
        var buffer = new ReplyBuffer(FuseInvalidateInodeOut.Size + FuseProtocol.MaxNameBytes + 1);
        while (_queue.TryDequeue(out var notification))
        {
            if (notification.Sent is not null)
            {
                notification.Sent.SetResult();
                continue;
            }

            var refused = channel.Send(buffer.Notification(notification.Code, Write(notification, buffer.Body)));
            counters.CountNotification();

            // ENOENT: the kernel does not know the node or name, so there is nothing to drop.
            if (refused is not (Errno.None or Errno.NoEntry or Errno.NoDevice or Errno.NotConnected))
            {
                logger.LogWarning("The kernel refused the notification {Code}: {Error}", notification.Code, refused);
            }
        }
    }

    private static int Write(Notification notification, Span<byte> body)
    {
        var node = notification.Node.Value;
        if (notification.Code == FuseNotification.InvalidateInode)
        {
            MemoryMarshal.Write(body, new FuseInvalidateInodeOut { Node = node });
            return FuseInvalidateInodeOut.Size;
        }

        var name = notification.Name.AsSpan();
        MemoryMarshal.Write(body, new FuseInvalidateEntryOut { Parent = node, NameLength = (uint)name.Length });
        name.CopyTo(body[FuseInvalidateEntryOut.Size..]);
        body[FuseInvalidateEntryOut.Size + name.Length] = 0;
        return FuseInvalidateEntryOut.Size + name.Length + 1;
    }

    private sealed record Notification(FuseNotification Code, NodeId Node)
    {
        public byte[]? Name { get; init; }

        /// <summary>Set in a marker that is no notification: completed when its turn comes.</summary>
        public TaskCompletionSource? Sent { get; init; }
    }
}
