using MimicCxr.Daemon.Catalog;

namespace MimicCxr.Daemon.Cache;

/// <summary>The blobs of one data set, and what has been learnt of them: lengths, and whether the store has them.</summary>
internal sealed class DataSetBlobs
{
    private const long UnknownSize = -1;

    private readonly Spool _spool;
    private readonly CacheIndex? _index;
    private readonly long _row;
    private readonly Blob?[] _blobs;
    private readonly long[] _sizes;
    private readonly byte[] _states;
    private readonly Dictionary<int, byte[]> _accepted = [];
    private long _stored;
    private long _storedBytes;

    /// <summary>The blobs of an imported catalogue, with what the index knows of them.</summary>
    public DataSetBlobs(DataSetId dataSet, StoredCatalog catalog, Spool spool, CacheIndex index)
        : this(dataSet, catalog.Snapshot, spool)
    {
        _index = index;
        _row = catalog.DataSetRow;
        foreach (var record in index.Load(_row))
        {
            Learn(record);
        }
    }

    /// <summary>Blobs of a catalogue that is not in the index: the list files, during the import.</summary>
    public DataSetBlobs(DataSetId dataSet, CatalogSnapshot catalog, Spool spool)
    {
        DataSet = dataSet;
        Catalog = catalog;
        _spool = spool;
        _blobs = new Blob?[catalog.FileCount];
        _sizes = new long[catalog.FileCount];
        _states = new byte[catalog.FileCount];
        Array.Fill(_sizes, UnknownSize);
    }

    /// <summary>
    /// Whether the store is asked although the index does not list the blob: for the list files during an import, since
    /// a lost index is made again from what the store has.
    /// </summary>
    public bool MayBeStored => _index is null;

    /// <summary>A file's bytes turned out damaged after some were handed out: its blob is another one now.</summary>
    public event Action<int>? Replaced;

    /// <summary>Slug and version.</summary>
    public DataSetId DataSet { get; }

    /// <summary>What exists.</summary>
    public CatalogSnapshot Catalog { get; }

    /// <summary>Objects in the store, and their bytes.</summary>
    public (long Objects, long Bytes) Stored => (Interlocked.Read(ref _stored), Interlocked.Read(ref _storedBytes));

    /// <summary>Files whose bytes the origin repeats although its own list denies them.</summary>
    public int Disagreements
    {
        get
        {
            lock (_accepted)
            {
                return _accepted.Count;
            }
        }
    }

    /// <summary>The blob of a file.</summary>
    public Blob Get(int file)
    {
        if (Volatile.Read(ref _blobs[file]) is { } blob)
        {
            return blob;
        }

        var key = SpoolKey.Of(DataSet, Catalog, Catalog.NodeOf(file));
        var created = new Blob(this, file, key) { Resident = _spool.TryFind(key, out var resident) ? resident : null };
        return Interlocked.CompareExchange(ref _blobs[file], created, null) ?? created;
    }

    /// <summary>The length of a file in bytes.</summary>
    /// <returns>False while nobody knows it.</returns>
    public bool TryGetSize(int file, out long size)
    {
        size = Volatile.Read(ref _sizes[file]);
        return size != UnknownSize;
    }

    /// <summary>Keeps a length that was learnt.</summary>
    public void LearnSize(int file, long size)
    {
        if (Interlocked.Exchange(ref _sizes[file], size) != size)
        {
            _ = RecordAsync(file);
        }
    }

    /// <summary>Where a blob is, as far as the index knows.</summary>
    public BlobState StateOf(int file) => (BlobState)Volatile.Read(ref _states[file]);

    /// <summary>Keeps where a blob is; completes when it would survive a kill.</summary>
    public Task SetStateAsync(int file, BlobState state)
    {
        var before = (BlobState)Interlocked.Exchange(ref _states[file], (byte)state);
        CountStored(file, (state == BlobState.Stored ? 1 : 0) - (before == BlobState.Stored ? 1 : 0));
        return RecordAsync(file);
    }

    /// <summary>The checksum that was accepted against the list, or null.</summary>
    public byte[]? AcceptedSha256(int file)
    {
        lock (_accepted)
        {
            return _accepted.GetValueOrDefault(file);
        }
    }

    /// <summary>
    /// The origin repeats bytes with this checksum although its list has another. Completes when it would survive a kill:
    /// only then may the bytes be committed to the spool.
    /// </summary>
    public Task AcceptAsync(int file, byte[] sha256)
    {
        lock (_accepted)
        {
            _accepted[file] = sha256;
        }

        return RecordAsync(file);
    }

    /// <summary>Lets another blob take the place of one that handed out damaged bytes.</summary>
    public void Replace(Blob old, SpoolFile resident)
    {
        old.IsReplaced = true;
        Volatile.Write(ref _blobs[old.File], new Blob(this, old.File, old.Key) { Resident = resident });
        Replaced?.Invoke(old.File);
    }

    /// <summary>The path at the origin and the key in the store: <c>SLUG/VERSION/PATH</c>.</summary>
    public string PathOf(int file) => $"{DataSet}/{Catalog.Path(Catalog.NodeOf(file))}";

    private Task RecordAsync(int file) => _index is null || !TryGetSize(file, out var size)
        ? Task.CompletedTask
        : _index.RecordAsync(_row, new BlobRecord(file, size, StateOf(file), AcceptedSha256(file)));

    private void Learn(BlobRecord record)
    {
        _sizes[record.File] = record.Size;
        _states[record.File] = (byte)record.State;
        CountStored(record.File, record.State == BlobState.Stored ? 1 : 0);
        if (record.AcceptedSha256 is { } accepted)
        {
            _accepted[record.File] = accepted;
        }
    }

    private void CountStored(int file, int change)
    {
        if (change != 0 && TryGetSize(file, out var size))
        {
            Interlocked.Add(ref _stored, change);
            Interlocked.Add(ref _storedBytes, change * size);
        }
    }
}
