using System.Buffers;
using Microsoft.Win32.SafeHandles;

namespace MimicCxr.Daemon.Store;

/// <summary>
/// A file of a folder store that grows beside the data sets and gets its name when it is whole. While its writer lives, it
/// holds a lock on it, so that another daemon on the same folder can tell it from what a killed one left.
/// </summary>
internal sealed class FolderPartial : IDisposable
{
    private readonly string _path;
    private readonly SafeFileHandle _file;
    private bool _isKept;

    /// <summary>Begins a file.</summary>
    /// <param name="directory">Where partial files are; made where it is missing.</param>
    public FolderPartial(string directory)
    {
        Directory.CreateDirectory(directory);
        _path = Path.Combine(directory, Guid.NewGuid().ToString("n"));
        // FileShare.Read is a shared flock: it keeps RemoveLeftOver away, and nobody who reads the file once it has its name.
        // No room is asked for beforehand: .NET then tells a full disk by an exception like any other.
        _file = File.OpenHandle(_path, FileMode.CreateNew, FileAccess.Write, FileShare.Read);
    }

    /// <summary>Writes some bytes; several writers at a time.</summary>
    public void Write(ReadOnlySequence<byte> bytes, long offset)
    {
        foreach (var segment in bytes)
        {
            RandomAccess.Write(_file, segment.Span, offset);
            offset += segment.Length;
        }
    }

    /// <summary>Whole: on the disk, then with its note under its name.</summary>
    public void Keep(string target, ObjectNote note)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(target)!);
        // On the disk before it gets its name: the folder is what is trusted after a power failure.
        RandomAccess.FlushToDisk(_file);
        FileNote.Write(_path, note);
        File.Move(_path, target, overwrite: true);
        _isKept = true;
    }

    /// <summary>Whole: under its name, unless something has that. Where the file system has no links, a kill may leave the name empty.</summary>
    /// <returns>False when something has the name.</returns>
    public bool TryKeepNew(string target, ReadOnlySpan<byte> bytes)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(target)!);
        if (FileLink.TryCreate(_path, target, out _))
        {
            return true;
        }

        if (File.Exists(target))
        {
            return false;
        }

        // Not File.Move: without overwrite it looks first and renames then, so of several more than one could succeed.
        try
        {
            using var file = File.OpenHandle(target, FileMode.CreateNew, FileAccess.Write, FileShare.None);
            RandomAccess.Write(file, bytes, 0);
            return true;
        }
        catch (IOException) when (File.Exists(target))
        {
            return false;
        }
    }

    /// <summary>Removes what killed writers left; what a living one holds stays.</summary>
    public static void RemoveLeftOver(string directory)
    {
        foreach (var left in Directory.EnumerateFiles(directory))
        {
            try
            {
                using (File.OpenHandle(left, FileMode.Open, FileAccess.Write, FileShare.None))
                {
                    File.Delete(left);
                }
            }
            catch (IOException)
            {
                // Somebody writes it, or was quicker to remove it.
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!_isKept)
        {
            File.Delete(_path);
        }

        _file.Dispose();
    }
}
