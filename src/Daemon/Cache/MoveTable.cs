using System.Diagnostics.CodeAnalysis;

namespace MimicCxr.Daemon.Cache;

/// <summary>The moves under way, one a blob, however many jobs want it in the store.</summary>
internal sealed class MoveTable(BlobMover mover, CancellationToken stopping)
{
    /// <summary>Moves a blob into the store, unless the spool has it or a transfer brings it there.</summary>
    /// <returns>False when it has to come by way of the spool.</returns>
    public async Task<bool> TryMoveAsync(Blob blob, CancellationToken cancellationToken)
    {
        while (TryJoin(blob, out var move))
        {
            try
            {
                await move.JoinAsync(cancellationToken).ConfigureAwait(false);
                return true;
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested && !stopping.IsCancellationRequested)
            {
                // It gave way to a reader, or everybody else left it in the moment when this one joined.
            }
        }

        return false;
    }

    private bool TryJoin(Blob blob, [NotNullWhen(true)] out Move? move)
    {
        lock (blob.Changing)
        {
            if (blob.Resident is { IsGone: false } || blob.Transfer is not null)
            {
                move = null;
                return false;
            }

            if (blob.Move is null)
            {
                blob.Move = new Move(stopping);
                blob.Move.Completion = Task.Run(() => RunAsync(blob, blob.Move), CancellationToken.None);
            }

            move = blob.Move;
            move.Want();
            return true;
        }
    }

    private async Task RunAsync(Blob blob, Move move)
    {
        try
        {
            await mover.MoveAsync(blob, move, move.Stop).ConfigureAwait(false);
        }
        finally
        {
            lock (blob.Changing)
            {
                blob.Move = null;
            }

            move.Settle();
            move.Release();
        }
    }
}
