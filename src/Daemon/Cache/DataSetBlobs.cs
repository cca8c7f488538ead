using System.Security.Cryptography;
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
    private readonly bool _refusesAccepted;
    private long _stored;
    private long _storedBytes;
    private TaskCompletionSource? _survey; // ends when it is through, or has failed for now
    private volatile bool _isSurveyed;

    /// <summary>The blobs of an imported catalogue, with what the index knows of them.</summary>
    public DataSetBlobs(DataSetId dataSet, StoredCatalog catalog, Spool spool, CacheIndex index, MismatchPolicy onMismatch)
        : this(dataSet, catalog.Snapshot, spool)
    {
        _index = index;
        _row = catalog.DataSetRow;
        foreach (var record in index.Load(_row))
        {
            Learn(record);
        }

        _refusesAccepted = onMismatch == MismatchPolicy.Error;
        if (_refusesAccepted)
        {
            // What an earlier run accepted is refused by this one, and the spool must not serve it either.
            foreach (var file in _accepted.Keys)
            {
                spool.Evict(SpoolKey.Of(dataSet, Catalog, Catalog.NodeOf(file)), evenHeld: true, out _);
            }
        }

        IsSurveyed = index.IsSurveyed(_row);
        MayBeStored = !IsSurveyed;
    }

    /// <summary>Blobs of a catalogue that is not in the index: the list files, during the import.</summary>
    public DataSetBlobs(DataSetId dataSet, CatalogSnapshot catalog, Spool spool)
    {
        DataSet = dataSet;
        KeyPrefix = $"{dataSet}/";
        Catalog = catalog;
        _spool = spool;
        _blobs = new Blob?[catalog.FileCount];
        _sizes = new long[catalog.FileCount];
        _states = new byte[catalog.FileCount];
        Array.Fill(_sizes, UnknownSize);
        MayBeStored = true;
    }

    /// <summary>
    /// Whether the store is asked although the index does not list the blob: since a lost index is made again from what the
    /// store has, for the list files during an import, and for all files until <see cref="StoreSurvey"/> is through.
    /// </summary>
    public bool MayBeStored
    {
        get => Volatile.Read(ref _survey) is not null;
        set
        {
            var ended = Interlocked.Exchange(ref _survey, value ? new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously) : null);
            ended?.SetResult();
        }
    }

    /// <summary>Whether the store was looked through, so that what it has is known.</summary>
    public bool IsSurveyed
    {
        get => _isSurveyed;
        private set => _isSurveyed = value;
    }

    /// <summary>A file's bytes turned out damaged after some were handed out: its blob is another one now.</summary>
    public event Action<int>? Replaced;

    /// <summary>Slug and version.</summary>
    public DataSetId DataSet { get; }

    /// <summary>What all its keys in the store begin with: <c>SLUG/VERSION/</c>.</summary>
    public string KeyPrefix { get; }

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

    /// <summary>Whether a file may be of that length, as far as is known.</summary>
    public bool CanHaveLength(int file, long length) =>
        TryGetSize(file, out var known) ? length == known : length > 0 || Catalog.Sha256(file) is var listed && (listed.IsEmpty || listed.SequenceEqual(SHA256.HashData([])));

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

    /// <summary>Keeps that the store has a blob, and its length; completes when it would survive a kill.</summary>
    public Task SetStoredAsync(int file, long size)
    {
        Interlocked.Exchange(ref _sizes[file], size);
        return SetStateAsync(file, BlobState.Stored);
    }

    /// <summary>Completes when the survey is through, or has failed for now: for those who have time.</summary>
    public Task WhenSurveyedAsync(CancellationToken cancellationToken) =>
        Volatile.Read(ref _survey)?.Task.WaitAsync(cancellationToken) ?? Task.CompletedTask;

    /// <summary>Keeps that the store was looked through, so that whatever is not <see cref="BlobState.Stored"/> is not there.</summary>
    public void MarkSurveyed()
    {
        _index?.MarkSurveyed(_row);
        IsSurveyed = true;
        MayBeStored = false;
    }

    /// <summary>The checksum that was accepted against the list, or null.</summary>
    public byte[]? AcceptedSha256(int file)
    {
        lock (_accepted)
        {
            return _accepted.GetValueOrDefault(file);
        }
    }

    /// <summary>The checksum of the bytes that readers get, as far as is known; empty where none is listed.</summary>
    public ReadOnlySpan<byte> ServedSha256(int file) =>
        !_refusesAccepted && AcceptedSha256(file) is { } accepted ? accepted : Catalog.Sha256(file);

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
    /// <param name="old">Whoever reads it gets errors from now on.</param>
    /// <param name="resident">The right bytes, where they are here.</param>
    public void Replace(Blob old, SpoolFile? resident)
    {
        old.IsReplaced = true;
        Volatile.Write(ref _blobs[old.File], new Blob(this, old.File, old.Key) { Resident = resident });
        Replaced?.Invoke(old.File);
    }

    /// <summary>Whether bytes with this checksum are the file's, for all that is known: listed, accepted, or not listed at all.</summary>
    public bool IsRight(int file, ReadOnlySpan<byte> sha256)
    {
        var listed = Catalog.Sha256(file);
        return listed.IsEmpty || listed.SequenceEqual(sha256) || (AcceptedSha256(file) is { } accepted && sha256.SequenceEqual(accepted));
    }

    /// <summary>The path at the origin and the key in the store: <c>SLUG/VERSION/PATH</c>.</summary>
    public string PathOf(int file) => KeyPrefix + Catalog.Path(Catalog.NodeOf(file));

    /// <summary>The file that a key of the store stands for.</summary>
    /// <returns>False for a key that is none of this data set's files.</returns>
    public bool TryFindFile(string key, out int file)
    {
        file = -1;
        if (!key.StartsWith(KeyPrefix, StringComparison.Ordinal)
            || !Catalog.TryResolve(key[KeyPrefix.Length..], out var node)
            || Catalog.IsDirectory(node)
            // Resolving forgives "//" and the like; a key is just what it is.
            || !key.AsSpan(KeyPrefix.Length).SequenceEqual(Catalog.Path(node)))
        {
            return false;
        }

        file = Catalog.FileOf(node);
        return true;
    }

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
