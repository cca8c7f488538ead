using System.Diagnostics.CodeAnalysis;

namespace MimicCxr.Daemon.Cache;

/// <summary>
/// The parts of large files that arrived last, until their readers have taken them; the kernel keeps them longer. Never more than
/// <see cref="Capacity"/>.
/// </summary>
internal sealed class PartMemory
{
    /// <summary>16 MiB of parts: several times as many as arrive at a time.</summary>
    public const int Capacity = 64;

    private readonly Lock _lock = new();
    private readonly Dictionary<(UncheckedParts, long), byte[]> _parts = []; // under _lock
    private readonly Queue<(UncheckedParts, long)> _byArrival = new(); // under _lock

    /// <summary>Keeps a part, in place of the one that has been here longest where there is no room.</summary>
    public void Add(UncheckedParts of, long part, byte[] bytes)
    {
        lock (_lock)
        {
            if (_parts.TryAdd((of, part), bytes))
            {
                _byArrival.Enqueue((of, part));
                if (_byArrival.Count > Capacity)
                {
                    _parts.Remove(_byArrival.Dequeue());
                }
            }
        }
    }

    /// <summary>The bytes of a part that is here; nobody writes into them.</summary>
    public bool TryGet(UncheckedParts of, long part, [NotNullWhen(true)] out byte[]? bytes)
    {
        lock (_lock)
        {
            return _parts.TryGetValue((of, part), out bytes);
        }
    }
}
