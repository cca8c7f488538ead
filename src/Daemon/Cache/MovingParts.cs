using System.Buffers;
using System.Runtime.ExceptionServices;
using System.Security.Cryptography;
using MimicCxr.Daemon.Origin;
using MimicCxr.Daemon.Store;

namespace MimicCxr.Daemon.Cache;

/// <summary>
/// A large file on its way: as many of its parts at a time as there is memory for, each fetched by a request of its own,
/// added to the file's checksum in its turn, and stored. Memory is asked for part after part, so the first part that is not
/// over always has its own, and nothing that it waits for waits for memory.
/// </summary>
/// <param name="version">The version that the parts must all be of.</param>
/// <param name="memory">Where they go.</param>
/// <param name="hash">The file's checksum, with the first part in it.</param>
/// <param name="fetch">Fetches a range.</param>
/// <param name="put">Stores a part by its number.</param>
internal sealed class MovingParts(
    FileVersion version,
    MoveMemory memory,
    IncrementalHash hash,
    Func<FileRange, IFetchSink, CancellationToken, Task> fetch,
    Func<int, ReadOnlySequence<byte>, CancellationToken, Task> put)
{
    private const long PartLength = IObjectParts.PartLength;

    private Exception? _failure;

    /// <summary>Moves all parts; on return the checksum has all bytes.</summary>
    /// <param name="first">The first part, which is here; disposed when it is stored.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task RunAsync(MoveBuffer first, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        List<Task> running = [GuardAsync(() => PutFirstAsync(first, stop.Token), stop)];
        var hashed = Task.CompletedTask;
        await GuardAsync(
            async () =>
            {
                for (var number = 1; number * PartLength < version.Length; number++)
                {
                    var range = new FileRange(number * PartLength, PartLength);
                    var buffer = await memory.ReserveAsync(range.CountIn(version.Length), stop.Token).ConfigureAwait(false);
                    var (part, before, after) = (number, hashed, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
                    hashed = after.Task;
                    running.Add(GuardAsync(() => MoveAsync(part, range, buffer, before, after, stop.Token), stop));
                }
            },
            stop).ConfigureAwait(false);
        // Nobody may use the parts or the checksum after this has returned.
        await Task.WhenAll(running).ConfigureAwait(false);
        if (_failure is not null)
        {
            ExceptionDispatchInfo.Throw(_failure);
        }
    }

    private async Task PutFirstAsync(MoveBuffer first, CancellationToken cancellationToken)
    {
        // Not kept for the whole file: twelve files that each held their first part would wait for each other's second.
        using (first)
        {
            await put(0, first.AsSequence(), cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task MoveAsync(int number, FileRange range, MoveBuffer buffer, Task before, TaskCompletionSource after, CancellationToken cancellationToken)
    {
        using (buffer)
        {
            var part = new RangeInMemory(range, buffer, null, null, _ => { });
            await fetch(range, part, cancellationToken).ConfigureAwait(false);
            var stored = put(number, buffer.AsSequence(), cancellationToken);
            try
            {
                await before.WaitAsync(cancellationToken).ConfigureAwait(false);
                part.HashRest(hash);
                after.SetResult();
            }
            finally
            {
                // Whatever happened: the store must not read blocks that are another's already.
                await stored.ConfigureAwait(false);
            }
        }
    }

    /// <summary>Keeps the first failure, which is the reason for all others, and ends these.</summary>
    private async Task GuardAsync(Func<Task> action, CancellationTokenSource stop)
    {
        try
        {
            await action().ConfigureAwait(false);
        }
#pragma warning disable CA1031 // Thrown again by RunAsync.
        catch (Exception e)
#pragma warning restore CA1031
        {
            Interlocked.CompareExchange(ref _failure, e, null);
            await stop.CancelAsync().ConfigureAwait(false);
        }
    }
}
