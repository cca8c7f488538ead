using System.Buffers;
using System.Diagnostics.CodeAnalysis;

namespace MimicCxr.Daemon.Store;

/// <summary>
/// Takes whole files into a folder store: as a second name where the file system can do that, else as a copy. Either way a file
/// is on the disk before it gets its name, since the store is what is trusted after a power failure.
/// </summary>
/// <param name="partialFolder">Where copies grow.</param>
[SuppressMessage("Design", "CA1001:Types that own disposable fields should be disposable", Justification = "A semaphore whose handle nobody asks for holds nothing.")]
internal sealed class FolderIntake(string partialFolder)
{
    private const int BufferSize = 128 * 1024;
    private const int CopiesAtATime = 8;

    private readonly GroupFlush _flush = new();
    private readonly SemaphoreSlim _copying = new(CopiesAtATime);
    private volatile bool _canLink = true;

    /// <summary>Takes a file that does not change any more, and its note, in place of what has the name.</summary>
    /// <exception cref="IOException">The disk failed, or the file is gone.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read, or the folder not be written.</exception>
    public async Task TakeAsync(string path, string target, ObjectNote note, CancellationToken cancellationToken)
    {
        if (_canLink)
        {
            await _flush.FlushAsync(path).WaitAsync(cancellationToken).ConfigureAwait(false);
            FileNote.Write(path, note);
            if (TryLink(path, target))
            {
                return;
            }
        }

        await CopyAsync(path, target, note, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Gives a file that is on the disk its name here, in place of what has it.</summary>
    private bool TryLink(string path, string target)
    {
        // Most often its folder is there, and nothing in it has the name.
        if (FileLink.TryCreate(path, target, out var isImpossible))
        {
            return true;
        }

        _canLink &= !isImpossible;
        if (!_canLink)
        {
            return false;
        }

        Directory.CreateDirectory(Path.GetDirectoryName(target)!);
        if (FileLink.TryCreate(path, target, out _))
        {
            return true;
        }

        Directory.CreateDirectory(partialFolder);
        var partial = Path.Combine(partialFolder, Guid.NewGuid().ToString("n"));
        if (!FileLink.TryCreate(path, partial, out _))
        {
            return false;
        }

        try
        {
            File.Move(partial, target, overwrite: true);
            return true;
        }
        finally
        {
            File.Delete(partial); // rename(2) leaves it when both are names of one file already
        }
    }

    /// <summary>Copies a file onto this folder's disk, all the way.</summary>
    private async Task CopyAsync(string path, string target, ObjectNote note, CancellationToken cancellationToken)
    {
        await _copying.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            using var source = File.OpenHandle(path, share: FileShare.ReadWrite | FileShare.Delete);
            using var partial = new FolderPartial(partialFolder);
            var buffer = new byte[BufferSize];
            long offset = 0;
            for (int count; (count = await RandomAccess.ReadAsync(source, buffer, offset, cancellationToken).ConfigureAwait(false)) > 0; offset += count)
            {
                partial.Write(new ReadOnlySequence<byte>(buffer, 0, count), offset);
            }

            partial.Keep(target, note);
        }
        finally
        {
            _copying.Release();
        }
    }
}
