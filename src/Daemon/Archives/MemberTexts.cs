namespace MimicCxr.Daemon.Archives;

/// <summary>The members of an archive that were read last, in memory: what a program reads is copied from here, a page at a time.</summary>
internal sealed class MemberTexts
{
    /// <summary>Bytes; some twenty thousand reports.</summary>
    private const long MostBytes = 16 << 20;

    private readonly Lock _lock = new();
    private readonly Dictionary<long, byte[]> _texts = []; // under _lock; by the member's offset
    private readonly Queue<long> _order = new(); // under _lock; the first came first
    private long _bytes; // under _lock

    /// <summary>A member, if it is here.</summary>
    /// <param name="offset">Where it stands in the archive.</param>
    public byte[]? Find(long offset)
    {
        lock (_lock)
        {
            return _texts.GetValueOrDefault(offset);
        }
    }

    /// <summary>Keeps a member for a while: until others of that size in all have come.</summary>
    public void Add(long offset, byte[] text)
    {
        lock (_lock)
        {
            if (!_texts.TryAdd(offset, text))
            {
                return;
            }

            _order.Enqueue(offset);
            for (_bytes += text.Length; _bytes > MostBytes && _order.Count > 1;)
            {
                _texts.Remove(_order.Dequeue(), out var oldest);
                _bytes -= oldest!.Length;
            }
        }
    }
}
