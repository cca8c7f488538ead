namespace MimicCxr.Daemon.Archives.Zip;

/// <summary>
/// The members of a zip, or of a stretch of its directory, in plain arrays in the order of their paths: 32 bytes a member and its
/// path. Nothing here allocates.
/// </summary>
/// <param name="names">All paths, one after the other, in UTF-8.</param>
/// <param name="nameStart">By member, with one more at the end: where its path begins.</param>
/// <param name="entries">By member.</param>
internal sealed class ZipDirectory(byte[] names, int[] nameStart, ZipEntry[] entries)
{
    /// <summary>Members; directories do not count.</summary>
    public int Count => entries.Length;

    /// <summary>See the constructor; to be written down.</summary>
    internal (byte[] Names, int[] NameStart, ZipEntry[] Entries) Arrays => (names, nameStart, entries);

    /// <summary>The path of a member.</summary>
    public ReadOnlySpan<byte> Name(int member) => names.AsSpan(nameStart[member], nameStart[member + 1] - nameStart[member]);

    /// <summary>Where a member is.</summary>
    public ref readonly ZipEntry Entry(int member) => ref entries[member];

    /// <summary>Finds a member by its path.</summary>
    public bool TryFind(ReadOnlySpan<byte> name, out ZipEntry entry)
    {
        for (var (low, high) = (0, entries.Length - 1); low <= high;)
        {
            var middle = (low + high) >>> 1;
            var order = Name(middle).SequenceCompareTo(name);
            if (order == 0)
            {
                entry = entries[middle];
                return true;
            }

            (low, high) = order < 0 ? (middle + 1, high) : (low, middle - 1);
        }

        entry = default;
        return false;
    }
}
