using MimicCxr.Daemon.Archives;
using MimicCxr.Daemon.Archives.Zip;
using MimicCxr.Daemon.Cache;
using MimicCxr.Daemon.Catalog;
using MimicCxr.Daemon.Origin;
using MimicCxr.Daemon.Store;
using MimicCxr.Fs;

namespace MimicCxr.Daemon.Tree.Layers;

/// <summary>
/// The report of each study of the catalogue, out of the archive of mimic-cxr: shown unless the origin refused that archive, or it is
/// known to lack the report. A node's own number is twice the catalogue's number of the study's folder, one more for the report inside,
/// and above that the archive's generation: when the origin has another archive, programs that have a report open get errors, and whoever opens it
/// anew the right bytes.
/// </summary>
internal sealed class ReportFiles : ITreeLayer
{
    private const int GenerationShift = 32;

    /// <summary>How long a mount waits for an origin that does not answer.</summary>
    private static readonly TimeSpan LongestOpening = TimeSpan.FromSeconds(3);

    private readonly DataSetDefinition _definition;
    private readonly CatalogSnapshot _catalog;
    private readonly ReportArchive _archive;
    private readonly bool _isBeside;
    private readonly bool _isInside;
    private readonly TimeProvider _time;
    private readonly Studies _studies;
    private volatile bool _isPrepared;

    /// <summary>The reports of a data set.</summary>
    /// <param name="definition">The data set.</param>
    /// <param name="catalog">Its catalogue.</param>
    /// <param name="archive">The archive of mimic-cxr of the same version.</param>
    /// <param name="places">Where they are shown.</param>
    /// <param name="time">The clock.</param>
    public ReportFiles(DataSetDefinition definition, CatalogSnapshot catalog, ReportArchive archive, ReportPlaces places, TimeProvider time)
    {
        (_definition, _catalog, _archive, _time) = (definition, catalog, archive, time);
        (_isBeside, _isInside) = ((places & ReportPlaces.Beside) != 0, (places & ReportPlaces.Inside) != 0);
        _studies = new Studies(catalog);
        archive.Changed += () => TellKernels(ofMissingOnly: false);
        archive.Known += () => TellKernels(ofMissingOnly: true);
    }

    /// <inheritdoc/>
    public event Action<NodeId, ReadOnlyMemory<byte>>? NameChanged;

    /// <inheritdoc/>
    public LayerNumber Number => LayerNumber.Reports;

    /// <inheritdoc/>
    public string? Note => !IsWanted || _archive.IsOpen ? null : _archive.Failure switch
    {
        null => "Reports can be read as soon as the origin answers.",
        not null when _archive.IsMissing =>
            $"Reports are not shown: the origin has no {ReportLayers.Name} in mimic-cxr {_definition.Id.Version}, and no .tar.gz of them.",
        { } e when _archive.IsRefused => $"Reports are not shown: {e.Message.TrimEnd('.')}. Then mount again, or ask for none with --reports none.",
        { } e => $"Reports cannot be read now: {e.Message}",
    };

    private bool IsWanted => _isBeside || _isInside;

    /// <inheritdoc/>
    public async Task PrepareAsync(bool again, CancellationToken cancellationToken)
    {
        if (!IsWanted || (_isPrepared && !again))
        {
            return;
        }

        try
        {
            await _archive.OpenAsync().WaitAsync(LongestOpening, _time, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is OriginException or ArchiveException or CacheException or StoreException or TimeoutException)
        {
            // The note tells.
        }

        _isPrepared = true;
    }

    /// <inheritdoc/>
    public bool TryLookup(NodeId directory, ReadOnlySpan<byte> name, out NodeAttributes attributes)
    {
        attributes = default;
        if (_archive.IsRefused || !name.EndsWith(Studies.ReportEnding) || !TryDirectory(directory, out var parent))
        {
            return false;
        }

        var stem = name[..^Studies.ReportEnding.Length];
        if (_isBeside && _catalog.TryFindChild(parent, stem, out var study) && _studies.Has(study))
        {
            return TryAttributes(study, isInside: false, _archive.Generation, out attributes);
        }

        return _isInside && _studies.Has(parent) && stem.SequenceEqual(_catalog.Name(parent))
            && TryAttributes(parent, isInside: true, _archive.Generation, out attributes);
    }

    /// <inheritdoc/>
    public bool TryGetAttributes(NodeId node, out NodeAttributes attributes)
    {
        attributes = default;
        return TryReport(node, out var study, out var isInside, out var generation) && TryAttributes(study, isInside, generation, out attributes);
    }

    /// <inheritdoc/>
    public bool TryReadDirectory(NodeId directory, ulong position, ref DirectoryListing listing)
    {
        if (_archive.IsRefused || !TryDirectory(directory, out var parent))
        {
            return false;
        }

        if (_isInside && _studies.Has(parent))
        {
            return position == 0 && TryAdd(parent, isInside: true, 1, ref listing);
        }

        if (!_isBeside || !_studies.AreIn(parent))
        {
            return false;
        }

        for (var i = position; i < (ulong)_catalog.ChildCount(parent) && !listing.IsFull; i++)
        {
            var study = _catalog.FirstChild(parent) + (int)i;
            if (_studies.Has(study))
            {
                TryAdd(study, isInside: false, i + 1, ref listing);
            }
        }

        return true;
    }

    /// <inheritdoc/>
    public async ValueTask<long> GetSizeAsync(NodeId file, bool readFollows, CancellationToken cancellationToken)
    {
        var (study, generation) = Require(file);
        try
        {
            return await _archive.GetLengthAsync(_studies.ReportPath(study), _studies.Rank(study), generation, cancellationToken).ConfigureAwait(false) ?? throw Missing();
        }
        catch (Exception e) when (e is not (OperationCanceledException or FsException))
        {
            throw ErrnoMapping.ToFsException(e);
        }
    }

    /// <inheritdoc/>
    public ReadResult TryRead(NodeId file, long offset, Span<byte> destination)
    {
        if (!TryReport(file, out var study, out _, out var generation))
        {
            return ReadResult.Failed(Errno.InvalidArgument);
        }

        Span<byte> path = stackalloc byte[Studies.LongestReportPath];
        if (_archive.Find(path[.._studies.WriteReportPath(study, path)], generation) is not { } text)
        {
            return ReadResult.Pending;
        }

        var rest = text.AsSpan((int)Math.Min(offset, text.Length));
        rest = rest[..Math.Min(rest.Length, destination.Length)];
        rest.CopyTo(destination);
        return ReadResult.Read(rest.Length);
    }

    /// <inheritdoc/>
    public async ValueTask WaitReadableAsync(NodeId file, long offset, int length, CancellationToken cancellationToken)
    {
        var (study, generation) = Require(file);
        try
        {
            if (!await _archive.FetchAsync(_studies.ReportPath(study), _studies.Rank(study), generation, cancellationToken).ConfigureAwait(false))
            {
                throw Missing();
            }
        }
        catch (Exception e) when (e is not (OperationCanceledException or FsException))
        {
            throw ErrnoMapping.ToFsException(e);
        }
    }

    private static FsException Missing() => new(Errno.NoEntry, "The archive has no report of this study.");

    private bool TryDirectory(NodeId id, out int node)
    {
        node = CatalogNodes.NodeOf(id);
        return LayerNumber.Of(id) == LayerNumber.Catalogue && (uint)node < (uint)_catalog.NodeCount && _catalog.IsDirectory(node);
    }

    private bool TryReport(NodeId id, out int study, out bool isInside, out int generation)
    {
        var own = LayerNumber.Own(id);
        (study, isInside, generation) = ((int)((uint)own >> 1), (own & 1) != 0, (int)(own >> GenerationShift));
        return LayerNumber.Of(id) == Number && _studies.Has(study);
    }

    private (int Study, int Generation) Require(NodeId id) =>
        TryReport(id, out var study, out _, out var generation) ? (study, generation) : throw new FsException(Errno.InputOutput, "Not a report of this tree.");

    private bool TryAdd(int study, bool isInside, ulong next, ref DirectoryListing listing)
    {
        Span<byte> name = stackalloc byte[Studies.LongestReportPath];
        name = name[.._studies.WriteReportName(study, name)];
        // What the data set has there itself is shown already.
        return !_catalog.TryFindChild(isInside ? study : _catalog.Parent(study), name, out _)
            && TryAttributes(study, isInside, _archive.Generation, out var attributes)
            && listing.TryAdd(name, attributes, Number.Position(next));
    }

    /// <returns>False where the archive is known to lack the report.</returns>
    private bool TryAttributes(int study, bool isInside, int generation, out NodeAttributes attributes)
    {
        Span<byte> path = stackalloc byte[Studies.LongestReportPath];
        ZipEntry? entry = null;
        var isKnown = generation == _archive.Generation && _archive.TryFind(path[.._studies.WriteReportPath(study, path)], out entry);
        var node = Number.Node(((ulong)generation << GenerationShift) | ((ulong)study << 1) | (isInside ? 1u : 0));
        attributes = new NodeAttributes
        {
            Node = node,
            Inode = node.Value,
            Kind = NodeKind.File,
            Size = isKnown && entry is { } found ? found.Length : NodeAttributes.UnknownSize,
            ModifiedUnixSeconds = _definition.PublishedUnixSeconds,
            LinkCount = 1,
        };
        return !isKnown || entry is not null;
    }

    /// <summary>Has the kernels forget names, of which there may be many: in the background.</summary>
    private void TellKernels(bool ofMissingOnly)
    {
        if (NameChanged is not null)
        {
            _ = Task.Run(Tell);
        }

        void Tell()
        {
            var name = new byte[Studies.LongestReportPath];
            for (var study = _studies.First; study <= _studies.Last; study++)
            {
                if (!_studies.Has(study) || (ofMissingOnly && TryAttributes(study, isInside: false, _archive.Generation, out _)))
                {
                    continue;
                }

                var length = _studies.WriteReportName(study, name);
                if (_isBeside)
                {
                    NameChanged?.Invoke(CatalogNodes.DirectoryOf(_catalog.Parent(study)), name.AsMemory(0, length));
                }

                if (_isInside)
                {
                    NameChanged?.Invoke(CatalogNodes.DirectoryOf(study), name.AsMemory(0, length));
                }
            }
        }
    }
}
