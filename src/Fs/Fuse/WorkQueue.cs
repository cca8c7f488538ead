using System.Diagnostics.CodeAnalysis;

namespace MimicCxr.Fs.Fuse;

/// <summary>A queue for dedicated threads, which sleep in it while it is empty. Allocates only to grow.</summary>
internal sealed class WorkQueue<T>
{
    private readonly object _gate = new();
    private readonly Queue<T> _items = new(); // guarded by _gate
    private bool _isComplete; // guarded by _gate

    /// <returns>False when the queue takes no more.</returns>
    public bool TryEnqueue(T item)
    {
        lock (_gate)
        {
            if (_isComplete)
            {
                return false;
            }

            _items.Enqueue(item);
            Monitor.Pulse(_gate);
            return true;
        }
    }

    /// <summary>Waits for an item.</summary>
    /// <returns>False when the queue is complete and empty.</returns>
    public bool TryDequeue([MaybeNullWhen(false)] out T item)
    {
        lock (_gate)
        {
            while (!_items.TryDequeue(out item))
            {
                if (_isComplete)
                {
                    return false;
                }

                Monitor.Wait(_gate);
            }

            return true;
        }
    }

    /// <summary>Takes no more items; those that are in it are still handed out.</summary>
    public void Complete()
    {
        lock (_gate)
        {
            _isComplete = true;
            Monitor.PulseAll(_gate);
        }
    }
}
