namespace MimicCxr.Daemon.Tests.Support;

/// <summary>What code leaves for the garbage collector.</summary>
internal static class Allocated
{
    private const int Tries = 5;
    private const int CallsATry = 100;

    /// <summary>Bytes that 100 calls allocate on this thread, after a first one; the least of several tries, since the runtime may compile a method again meanwhile.</summary>
    public static long BytesOf(Action call)
    {
        call();
        return Enumerable.Range(0, Tries).Min(_ =>
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < CallsATry; i++)
            {
                call();
            }

            return GC.GetAllocatedBytesForCurrentThread() - before;
        });
    }
}
