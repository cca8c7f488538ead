using MimicCxr.Fs.Fuse.Wire;

namespace MimicCxr.Fs;

/// <summary>
/// Takes the entries of a directory and writes them straight into the reply, in the form of the FUSE protocol
/// (fuse_dirent, or fuse_direntplus with attributes). <see cref="Read"/> gives them back, for callers that list a
/// tree without a kernel.
/// </summary>
public ref struct DirectoryListing
{
    // Positions 0 and 1 of the kernel are "." and "..", which the session writes.
    internal const ulong SessionPositions = 2;

    private readonly Span<byte> _buffer;
    private readonly FileOwner _owner;
    private readonly ulong _firstPosition;
    private readonly bool _withAttributes;
    private int _written;

    /// <summary>A listing with attributes into a buffer of the caller; an entry takes 152 bytes and its name.</summary>
    /// <param name="buffer">Where the entries go.</param>
    public DirectoryListing(Span<byte> buffer)
        : this(buffer, withAttributes: true, firstPosition: 0, default)
    {
    }

    internal DirectoryListing(Span<byte> buffer, bool withAttributes, ulong firstPosition, FileOwner owner)
    {
        _buffer = buffer;
        _owner = owner;
        _firstPosition = firstPosition;
        _withAttributes = withAttributes;
    }

    /// <summary>Bytes of the buffer in use.</summary>
    public readonly int BytesWritten => _written;

    /// <summary>Whether an entry did not fit. No more are taken then, so that none is left out between.</summary>
    public bool IsFull { get; private set; }

    /// <summary>Adds an entry.</summary>
    /// <param name="name">The name, raw bytes: 1 to 255, without "/" and NUL.</param>
    /// <param name="attributes">Its attributes.</param>
    /// <param name="next">The position of the entry after this one; never 0, at most 2^62.</param>
    /// <returns>False when the buffer is full: the entry was not added and listing must stop.</returns>
    /// <exception cref="ArgumentException">A name the kernel would refuse, with the whole listing.</exception>
    public bool TryAdd(scoped ReadOnlySpan<byte> name, in NodeAttributes attributes, ulong next)
    {
        if (name.Length is 0 or > FuseProtocol.MaxNameBytes || name.IndexOfAny((byte)'/', (byte)0) >= 0)
        {
            throw new ArgumentException("A name must have 1 to 255 bytes, none of them '/' or NUL.", nameof(name));
        }

        var dirent = new FuseDirent
        {
            Inode = attributes.Inode,
            Next = next + _firstPosition,
            NameLength = (uint)name.Length,
            Type = AttributeCoding.DirentType(attributes.Kind),
        };
        return Append(AttributeCoding.ToEntry(in attributes, _owner), name, in dirent);
    }

    /// <summary>The entries so far. Only of a listing with attributes.</summary>
    public readonly DirectoryEntryReader Read() => new(_buffer[.._written]);

    /// <summary>Adds "." or "..", whose nodeid 0 tells the kernel to take no attributes from them.</summary>
    internal bool TryAddDots(ReadOnlySpan<byte> name, ulong inode, ulong kernelPosition)
    {
        var dirent = new FuseDirent
        {
            Inode = inode,
            Next = kernelPosition,
            NameLength = (uint)name.Length,
            Type = AttributeCoding.DirentType(NodeKind.Directory),
        };
        return Append(default, name, in dirent);
    }

    private bool Append(in FuseEntryOut entry, scoped ReadOnlySpan<byte> name, in FuseDirent dirent)
    {
        if (IsFull)
        {
            return false;
        }

        var rest = _buffer[_written..];
        var bytes = _withAttributes
            ? DirentWriter.TryWritePlus(rest, in entry, name, in dirent)
            : DirentWriter.TryWrite(rest, name, in dirent);
        _written += bytes;
        IsFull = bytes == 0;
        return !IsFull;
    }
}
