using System.Diagnostics;
using System.Runtime.InteropServices;

namespace MimicCxr.Bench.Fs;

/// <summary>Reads every file of a folder whole, threads taking turns, and prints files a second and bytes a second of each pass.</summary>
internal static unsafe partial class Reader
{
    private const int BufferBytes = 1 << 20;

    public static int Run(string folder, int threads, int passes)
    {
        var paths = Directory.GetFiles(folder);
        new Random(1).Shuffle(paths);
        var names = Array.ConvertAll(paths, path => Marshal.StringToCoTaskMemUTF8(path));
        for (var pass = 0; pass < passes; pass++)
        {
            var next = -1;
            long bytes = 0;
            var started = Stopwatch.GetTimestamp();
            var running = new Thread[threads];
            for (var i = 0; i < threads; i++)
            {
                running[i] = new Thread(() =>
                {
                    var buffer = NativeMemory.AlignedAlloc(BufferBytes, 4096);
                    long own = 0;
                    for (int file; (file = Interlocked.Increment(ref next)) < names.Length;)
                    {
                        var descriptor = Open((byte*)names[file], 0);
                        nint read;
                        do
                        {
                            read = Read(descriptor, buffer, BufferBytes);
                            own += read;
                        }
                        while (read == BufferBytes);
                        if (descriptor < 0 || read < 0)
                        {
                            throw new IOException("A file could not be read.");
                        }

                        _ = Close(descriptor);
                    }

                    Interlocked.Add(ref bytes, own);
                    NativeMemory.AlignedFree(buffer);
                });
                running[i].Start();
            }

            foreach (var thread in running)
            {
                thread.Join();
            }

            var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
            Console.Write($"{names.Length / seconds:F0} files/s {bytes / seconds / 1e6:F0} MB/s; ");
        }

        Console.WriteLine();
        return 0;
    }

    [LibraryImport("libc", EntryPoint = "open")]
    private static partial int Open(byte* path, int flags);

    [LibraryImport("libc", EntryPoint = "read")]
    private static partial nint Read(int descriptor, void* buffer, nuint count);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int descriptor);
}
