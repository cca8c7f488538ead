using System.Buffers.Text;
using Microsoft.Win32.SafeHandles;

namespace MimicCxr.Fs.Fuse;

/// <summary>Where a thread of another program runs (proc(5), /proc/TID/stat), and this thread with it.</summary>
internal sealed class CallerProcessor : IDisposable
{
    // "processor" is field 39; the fields are counted from behind the last ')', which closes field 2.
    private const int FieldsBetween = 36;
    private readonly byte[] _buffer = new byte[1024];
    private readonly SafeFileHandle _stat;
    private int _followed = -1;

    private CallerProcessor(SafeFileHandle stat) => _stat = stat;

    /// <returns>Null when the thread is gone or not to be seen.</returns>
    public static CallerProcessor? TryOpen(uint thread)
    {
        try
        {
            return new CallerProcessor(File.OpenHandle($"/proc/{thread}/stat"));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Moves the calling thread to the processor that the caller ran on last.</summary>
    /// <returns>False when that cannot be found out or is not allowed.</returns>
    public bool TryFollow()
    {
        int read;
        try
        {
            read = RandomAccess.Read(_stat, _buffer, 0);
        }
        catch (IOException)
        {
            return false; // the thread has ended
        }

        if (!TryParse(_buffer.AsSpan(0, read), out var processor))
        {
            return false;
        }

        if (processor == _followed)
        {
            return true;
        }

        _followed = processor;
        return Libc.SetAffinity(processor);
    }

    public void Dispose() => _stat.Dispose();

    internal static bool TryParse(ReadOnlySpan<byte> stat, out int processor)
    {
        processor = -1;
        var rest = stat[(stat.LastIndexOf((byte)')') + 1)..];
        for (var i = 0; i <= FieldsBetween; i++)
        {
            var blank = rest.IndexOf((byte)' ');
            if (blank < 0)
            {
                return false;
            }

            rest = rest[(blank + 1)..];
        }

        return Utf8Parser.TryParse(rest, out processor, out _);
    }
}
