namespace MimicCxr.Daemon.Cache;

/// <summary>
/// What a packed file of a data set holds, unpacked: made by <see cref="Unpacker"/>, kept in the spool like a blob, and
/// nobody's file: never in the store, made again from the packed file when it was evicted.
/// </summary>
internal sealed class UnpackedFile(DataSetBlobs owner, int file, IUnpacking how)
{
    private const long UnknownLength = -1;

    private long _length = UnknownLength;
    private volatile SpoolFile? _resident;

    /// <summary>How it is made.</summary>
    public IUnpacking How => how;

    /// <summary>The blob that it is made from, in whatever incarnation.</summary>
    public Blob Packed => owner.Get(file);

    /// <summary>
    /// Its name in the spool and in the index: of the bytes that the <c>.gz</c> is known to have, so that it is not taken for what another
    /// <c>.gz</c> holds.
    /// </summary>
    public SpoolKey Key => SpoolKey.OfUnpacked(owner.DataSet, owner.Catalog, owner.Catalog.NodeOf(file), owner.ServedSha256(file), how.Form);

    /// <summary>Held while the fields below change.</summary>
    public Lock Changing { get; } = new();

    /// <summary>Its file in the spool, when it was there last.</summary>
    public SpoolFile? Resident
    {
        get => _resident;
        set => _resident = value;
    }

    /// <summary>The unpacking for its length under way. Under <see cref="Changing"/>.</summary>
    public Task? Measuring { get; set; }

    /// <summary>The unpacking into the spool under way. Under <see cref="Changing"/>.</summary>
    public Task? Unpacking { get; set; }

    /// <summary>Why the last unpacking failed. Under <see cref="Changing"/>.</summary>
    public RecentFailure? Failure { get; set; }

    /// <summary>Its length in bytes.</summary>
    /// <returns>False while nobody has unpacked it.</returns>
    public bool TryGetLength(out long length)
    {
        length = Volatile.Read(ref _length);
        return length != UnknownLength;
    }

    /// <summary>Its length is known from now on.</summary>
    public void LearnLength(long length) => Volatile.Write(ref _length, length);
}
