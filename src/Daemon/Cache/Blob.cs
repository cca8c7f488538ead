namespace MimicCxr.Daemon.Cache;

/// <summary>
/// The bytes of one file, wherever they are. Whoever got bytes of a blob gets the rest of the same bytes or an error:
/// where bytes handed out turn out damaged, a new blob takes its place and this one fails for ever.
/// </summary>
internal sealed class Blob(DataSetBlobs owner, int file, SpoolKey key)
{
    private volatile SpoolFile? _resident;
    private volatile Transfer? _transfer;
    private volatile UncheckedParts? _unchecked;
    private volatile bool _replaced;

    /// <summary>The data set it belongs to.</summary>
    public DataSetBlobs Owner => owner;

    /// <summary>Its file's ordinal in the catalogue.</summary>
    public int File => file;

    /// <summary>Its name in the spool.</summary>
    public SpoolKey Key => key;

    /// <summary>Held while the fields below change together.</summary>
    public Lock Changing { get; } = new();

    /// <summary>Its file in the spool, when it is there.</summary>
    public SpoolFile? Resident
    {
        get => _resident;
        set => _resident = value;
    }

    /// <summary>The transfer under way, if there is one.</summary>
    public Transfer? Transfer
    {
        get => _transfer;
        set => _transfer = value;
    }

    /// <summary>What readers may have got of it since it was last here as a whole, if anything. Set under <see cref="Changing"/>.</summary>
    public UncheckedParts? Unchecked
    {
        get => _unchecked;
        set => _unchecked = value;
    }

    /// <summary>The way into the store through memory that is under way, if there is one. Under <see cref="Changing"/>.</summary>
    public Move? Move { get; set; }

    /// <summary>Whether another blob took its place.</summary>
    public bool IsReplaced
    {
        get => _replaced;
        set => _replaced = value;
    }

    /// <summary>Whether what the store has is known to be wrong: it is not asked, and its object written over. Until it has the right bytes.</summary>
    public bool StoreIsDamaged => Owner.StateOf(File) == BlobState.Damaged;

    /// <summary>Why the last transfer failed.</summary>
    public RecentFailure? Failure { get; set; }
}
