using System.Runtime.InteropServices;
using MimicCxr.Fs.Fuse.Wire;

namespace MimicCxr.Fs;

/// <summary>Reads the entries of a <see cref="DirectoryListing"/> back, in their order.</summary>
public ref struct DirectoryEntryReader
{
    private ReadOnlySpan<byte> _rest;

    internal DirectoryEntryReader(ReadOnlySpan<byte> records) => _rest = records;

    /// <summary>Reads the next entry.</summary>
    /// <param name="name">The name, raw bytes of the listing's buffer.</param>
    /// <param name="attributes">The attributes as the kernel would see them.</param>
    /// <param name="next">The position of the entry after this one.</param>
    /// <returns>False when there is none left.</returns>
    public bool TryRead(out ReadOnlySpan<byte> name, out NodeAttributes attributes, out ulong next)
    {
        name = default;
        attributes = default;
        next = 0;
        if (!MemoryMarshal.TryRead(_rest, out FuseEntryOut entry)
            || !MemoryMarshal.TryRead(_rest[FuseEntryOut.Size..], out FuseDirent dirent))
        {
            return false;
        }

        var nameStart = FuseEntryOut.Size + FuseDirent.Size;
        name = _rest.Slice(nameStart, (int)dirent.NameLength);
        attributes = AttributeCoding.FromEntry(in entry);
        next = dirent.Next;
        _rest = _rest[DirentWriter.Aligned(nameStart + name.Length)..];
        return true;
    }
}
