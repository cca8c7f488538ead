using System.Buffers;
using System.IO.Enumeration;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using MimicCxr.Daemon.Origin;
using MimicCxr.Daemon.Requests;

namespace MimicCxr.Daemon.Store;

/// <summary>A folder as the object store: what is used where no bucket is set. Laid out as the bucket would be.</summary>
internal sealed class FolderObjectStore(string directory) : IObjectStore
{
    private const int BufferSize = 128 * 1024;

    private static readonly ObjectNote NoNote = new(null, false);

    /// <summary>Where files grow before they are renamed into place; beside the data sets, on the same file system.</summary>
    private readonly string _partial = Path.Combine(directory, ".partial");
    private readonly FolderIntake _intake = new(Path.Combine(directory, ".partial"));

    /// <inheritdoc/>
    public string Url => new Uri(directory).AbsoluteUri;

    /// <inheritdoc/>
    /// <remarks>A folder that is full says so at once.</remarks>
    public WriteTrouble? WriteTrouble => null;

    /// <inheritdoc/>
    public Task<string?> CheckAsync(CancellationToken cancellationToken)
    {
        try
        {
            Directory.CreateDirectory(_partial);
            FolderPartial.RemoveLeftOver(_partial);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StoreException(StoreError.NotPermitted, $"The folder {directory} cannot be written: {e.Message} Choose another with --store.", e);
        }

        return Task.FromResult<string?>(null);
    }

    /// <inheritdoc/>
    public async Task<ObjectNote?> TryFetchAsync(string key, IFetchSink sink, RequestPriority priority, CancellationToken cancellationToken)
    {
        FileStream file;
        try
        {
            file = new FileStream(PathOf(key), FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, bufferSize: 0);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Failed("read", e);
        }

        await using (file.ConfigureAwait(false))
        {
            var kept = FileNote.Read(new FileInfo(file.Name));
            await sink.BeginAsync(file.Length, cancellationToken).ConfigureAwait(false);
            Copy(file, sink);
            return kept is { IsCurrent: true } ? kept.Value.Note : NoNote;
        }
    }

    /// <inheritdoc/>
    public async Task PutAsync(string key, string path, long length, ObjectNote note, bool overwrite, CancellationToken cancellationToken)
    {
        try
        {
            if (overwrite || !IsThere(key, length))
            {
                await _intake.TakeAsync(path, PathOf(key), note, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Failed("written", e);
        }
    }

    private static void Copy(FileStream file, IFetchSink sink)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            for (int count; (count = ReadFrom(file, buffer)) > 0;)
            {
                sink.Write(file.Position - count, buffer.AsSpan(0, count));
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static int ReadFrom(FileStream file, byte[] buffer)
    {
        try
        {
            return file.Read(buffer);
        }
        catch (IOException e)
        {
            throw new StoreException(StoreError.OutOfReach, "The store's folder cannot be read: its disk failed.", e);
        }
    }

    private StoreException Failed(string what, Exception e)
    {
        // The text of the exception names the file; only its kind is told.
        var full = FullDisk.IsCauseOf(e);
        return new StoreException(
            full ? StoreError.Full : e is UnauthorizedAccessException ? StoreError.NotPermitted : StoreError.OutOfReach,
            full ? $"The disk of the store's folder {directory} is full." : $"A file in the store's folder {directory} cannot be {what} ({e.GetType().Name}).",
            null);
    }

    private string PathOf(string key) => Path.Combine(directory, key);

    /// <inheritdoc/>
    public async Task<StoredObject?> TryStatAsync(string key, CancellationToken cancellationToken)
    {
        var file = new FileInfo(PathOf(key));
        if (!file.Exists)
        {
            return null;
        }

        var kept = FileNote.Read(file);
        // Somebody wrote to it since: what it has now is soon read, here.
        var found = kept is { IsCurrent: false } ? await HashAsync(file, cancellationToken).ConfigureAwait(false) : null;
        return new StoredObject(key, file.Length, file.LastWriteTimeUtc, kept?.Note ?? NoNote, found);
    }

    private async Task<string> HashAsync(FileInfo file, CancellationToken cancellationToken)
    {
        try
        {
            var stream = file.OpenRead();
            await using (stream.ConfigureAwait(false))
            {
                return Convert.ToHexStringLower(await SHA256.HashDataAsync(stream, cancellationToken).ConfigureAwait(false));
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Failed("read", e);
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<StoredObject> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.CompletedTask.ConfigureAwait(false);
        var from = PathOf(prefix[..(prefix.LastIndexOf('/') + 1)]);
        if (!Directory.Exists(from))
        {
            yield break;
        }

        foreach (var file in FilesBelow(from))
        {
            cancellationToken.ThrowIfCancellationRequested();
            var key = Path.GetRelativePath(directory, file.FullName);
            if (key.StartsWith(prefix, StringComparison.Ordinal))
            {
                yield return new StoredObject(key, file.Length, file.LastWriteTimeUtc, null);
            }
        }
    }

    /// <inheritdoc/>
    public Task PutAsync(string key, ReadOnlySequence<byte> bytes, ObjectNote note, bool overwrite, RequestPriority priority, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (overwrite || !IsThere(key, bytes.Length))
        {
            Write(() =>
            {
                using var partial = new FolderPartial(_partial);
                partial.Write(bytes, 0);
                partial.Keep(PathOf(key), note);
            });
        }

        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task<IObjectParts> BeginPartsAsync(string key, long length, ObjectNote note, CancellationToken cancellationToken)
    {
        FolderPartial? partial = null;
        Write(() => partial = new FolderPartial(_partial));
        return Task.FromResult<IObjectParts>(new FolderParts(this, partial!, key, length, note));
    }

    /// <inheritdoc/>
    public Task<bool> TryCreateAsync(string key, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        var target = PathOf(key);
        if (File.Exists(target))
        {
            return Task.FromResult(false);
        }

        var isNew = false;
        Write(() =>
        {
            using var partial = new FolderPartial(_partial);
            partial.Write(new(bytes), 0);
            isNew = partial.TryKeepNew(target, bytes.Span);
        });
        return Task.FromResult(isNew);
    }

    /// <inheritdoc/>
    public Task DeleteAsync(IReadOnlyCollection<string> keys, CancellationToken cancellationToken)
    {
        foreach (var path in keys.Select(PathOf).Where(File.Exists))
        {
            cancellationToken.ThrowIfCancellationRequested();
            Write(() => File.Delete(path));
        }

        return Task.CompletedTask;
    }

    /// <summary>Gives a whole partial file its name, unless one of the same length has it already.</summary>
    /// <exception cref="StoreException">The disk failed.</exception>
    public void Keep(FolderPartial partial, string key, long length, ObjectNote note, bool overwrite)
    {
        if (overwrite || !IsThere(key, length))
        {
            Write(() => partial.Keep(PathOf(key), note));
        }
    }

    /// <summary>Writes to the folder.</summary>
    /// <exception cref="StoreException">The disk failed.</exception>
    public void Write(Action write)
    {
        try
        {
            write();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Failed("written", e);
        }
    }

    private bool IsThere(string key, long length) => new FileInfo(PathOf(key)) is { Exists: true } there && there.Length == length;

    /// <summary>Regular files whose names, and whose folders' names, do not begin with a '.'.</summary>
    private static FileSystemEnumerable<FileInfo> FilesBelow(string from) => new(
        from, (ref FileSystemEntry entry) => (FileInfo)entry.ToFileSystemInfo(), new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0 })
    {
        ShouldIncludePredicate = (ref FileSystemEntry entry) => !entry.IsDirectory && entry.FileName[0] != '.' && (entry.Attributes & FileAttributes.ReparsePoint) == 0,
        ShouldRecursePredicate = (ref FileSystemEntry entry) => entry.FileName[0] != '.',
    };
}
