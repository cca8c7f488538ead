using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace MimicCxr.Daemon.Store;

/// <summary>
/// Puts files on the disk, several at a time: a file system with a journal then commits once for all, not once a file, and one
/// thread waits for it, not one a file. Who comes alone is served at once.
/// </summary>
internal sealed partial class GroupFlush
{
    /// <summary>From the beginning of one flush to that of the next.</summary>
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    private const int OpenAtATime = 256;

    private readonly Lock _lock = new();
    private List<Request> _waiting = []; // under _lock
    private bool _isRunning; // under _lock

    /// <summary>Completes when the bytes of a file are on the disk.</summary>
    /// <exception cref="IOException">The file is gone, or the disk failed.</exception>
    public Task FlushAsync(string path)
    {
        var request = new Request(path);
        lock (_lock)
        {
            _waiting.Add(request);
            if (!_isRunning)
            {
                _isRunning = true;
                _ = Task.Run(RunAsync);
            }
        }

        return request.Done.Task;
    }

    private async Task RunAsync()
    {
        while (TakeWaiting() is { } batch)
        {
            var pause = Task.Delay(Interval);
            foreach (var group in batch.Chunk(OpenAtATime))
            {
                Flush(group);
            }

            await pause.ConfigureAwait(false);
        }
    }

    private List<Request>? TakeWaiting()
    {
        lock (_lock)
        {
            _isRunning = _waiting.Count > 0;
            if (!_isRunning)
            {
                return null;
            }

            var batch = _waiting;
            _waiting = [];
            return batch;
        }
    }

    private static void Flush(Request[] batch)
    {
        // All have their blocks before the first commit, which then takes in the rest.
        Array.ForEach(batch, request => request.Try(() => request.File = Begin(request.Path)));
        foreach (var request in batch)
        {
            request.Try(() =>
            {
                using var file = request.File;
                if (file is not null)
                {
                    RandomAccess.FlushToDisk(file);
                    request.Done.TrySetResult();
                }
            });
        }
    }

    private static SafeFileHandle Begin(string path)
    {
        var file = File.OpenHandle(path, share: FileShare.ReadWrite | FileShare.Delete);
        if (OperatingSystem.IsLinux())
        {
            const uint Write = 2; // SYNC_FILE_RANGE_WRITE of linux/fs.h
            _ = SyncFileRange(file, 0, 0, Write); // only to be quicker: what fails here fails again when it is flushed
        }

        return file;
    }

    [LibraryImport("libc", EntryPoint = "sync_file_range")]
    private static partial int SyncFileRange(SafeFileHandle file, long offset, long count, uint flags);

    private sealed class Request(string path)
    {
        public string Path => path;

        public SafeFileHandle? File { get; set; }

        public TaskCompletionSource Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void Try(Action action)
        {
            try
            {
                action();
            }
#pragma warning disable CA1031 // Whoever waits for this file is told, and the others are served.
            catch (Exception e)
#pragma warning restore CA1031
            {
                Done.TrySetException(e);
            }
        }
    }
}
