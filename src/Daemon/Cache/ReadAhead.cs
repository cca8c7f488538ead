namespace MimicCxr.Daemon.Cache;

/// <summary>
/// Notices that files are read one after the other in the order of their paths (as find, cp -r or a loader without
/// shuffling do), and says which come next. Several programs may do so at once, each at its own place.
/// </summary>
internal sealed class ReadAhead(int mostFiles)
{
    /// <summary>Places remembered; the one that moved longest ago makes room for a new one.</summary>
    private const int Places = 16;

    /// <summary>How many files may be left out between two that still count as one after the other.</summary>
    private const int Stride = 3;

    /// <summary>Steps before anything is fetched ahead: two files next to each other are chance.</summary>
    private const int StepsToBelieve = 2;

    private readonly Lock _lock = new();
    private readonly List<Place> _places = []; // under _lock; the one that moved last at the end

    /// <summary>A file is read.</summary>
    /// <param name="blobs">Its data set.</param>
    /// <param name="file">Its ordinal.</param>
    /// <param name="fits">How many files of its size may be fetched ahead at most.</param>
    /// <returns>The files to fetch now; mostly none.</returns>
    public Range Read(DataSetBlobs blobs, int file, long fits)
    {
        lock (_lock)
        {
            var at = _places.FindLastIndex(place => place.Blobs == blobs && file >= place.Last && file - place.Last <= Stride);
            if (at < 0)
            {
                if (_places.Count == Places)
                {
                    _places.RemoveAt(0);
                }

                _places.Add(new Place(blobs) { Last = file, BegunBefore = file + 1 });
                return default;
            }

            var place = _places[at];
            if (file == place.Last)
            {
                return default;
            }

            _places.RemoveAt(at);
            _places.Add(place);
            place.Last = file;
            if (++place.Steps < StepsToBelieve)
            {
                return default;
            }

            // Twice as far with every step, so that little is fetched in vain by who stops soon.
            place.Window = (int)Math.Min(Math.Min(place.Window * 2, mostFiles), fits);
            var from = Math.Max(place.BegunBefore, file + 1);
            var to = Math.Min(file + 1 + place.Window, blobs.Catalog.FileCount);
            place.BegunBefore = Math.Max(from, to);
            return from < to ? from..to : default;
        }
    }

    private sealed class Place(DataSetBlobs blobs)
    {
        public DataSetBlobs Blobs => blobs;

        public int Last { get; set; }

        public int Steps { get; set; }

        public int Window { get; set; } = 1;

        public int BegunBefore { get; set; }
    }
}
