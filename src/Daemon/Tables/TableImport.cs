using MimicCxr.Daemon.Catalog;

namespace MimicCxr.Daemon.Tables;

/// <summary>
/// Joins the tables of a data set into an <see cref="ImageTable"/>, streamed: no table is held in memory. A table that the data
/// set lacks is left out. Rows that fit nothing are counted, never guessed at.
/// </summary>
internal sealed class TableImport
{
    private readonly ImageTable _images;
    private readonly Dictionary<int, int> _firstOfStudy = [];
    private readonly List<TableReport> _reports = [];

    private TableImport(ImageTable images)
    {
        _images = images;
        for (var image = images.Count - 1; image >= 0; image--)
        {
            _firstOfStudy[images.Studies[image]] = image;
        }
    }

    /// <summary>Opens a table by its name; null where the data set has none of that name.</summary>
    public delegate Stream? OpenTable(string name);

    private delegate RowVerdict RowReader(TableRows rows);

    /// <summary>What became of a row.</summary>
    private enum RowVerdict
    {
        Taken,
        Foreign,
        Malformed,
    }

    /// <summary>Reads all tables that there are.</summary>
    /// <exception cref="InvalidDataException">One is no table, or lacks a column.</exception>
    public static async Task<ImageTable> RunAsync(CatalogSnapshot catalog, OpenTable open, CancellationToken cancellationToken)
    {
        var import = new TableImport(new ImageTable(catalog));
        await import.ReadAsync(TableNames.Metadata, open, import.Metadata, cancellationToken).ConfigureAwait(false);
        await import.ReadAsync(TableNames.Split, open, import.Split, cancellationToken).ConfigureAwait(false);
        await import.ReadAsync(TableNames.Projections, open, import.Projections, cancellationToken).ConfigureAwait(false);
        foreach (var (name, table) in TableNames.Labels)
        {
            await import.ReadAsync(table, open, rows => import.Labels(name, table, rows), cancellationToken).ConfigureAwait(false);
        }

        import._images.Reports = import._reports;
        return import._images;
    }

    private async Task ReadAsync(string name, OpenTable open, Func<TableRows, RowReader> begin, CancellationToken cancellationToken)
    {
        if (open(name) is not { } bytes)
        {
            return;
        }

        var rows = await TableRows.OpenAsync(name, bytes, cancellationToken).ConfigureAwait(false);
        await using (rows.ConfigureAwait(false))
        {
            var read = begin(rows);
            var counts = new long[3];
            while (await rows.NextAsync(cancellationToken).ConfigureAwait(false))
            {
                counts[(int)(rows.IsWhole ? read(rows) : RowVerdict.Malformed)]++;
            }

            _reports.Add(new TableReport(name, counts.Sum(), counts[(int)RowVerdict.Foreign], counts[(int)RowVerdict.Malformed]));
        }
    }

    private RowReader Metadata(TableRows rows)
    {
        var (dicom, study) = (rows.Column("dicom_id"), rows.Column("study_id"));
        var (view, height, width, date) = (rows.Column("ViewPosition"), rows.Column("Rows"), rows.Column("Columns"), rows.Column("StudyDate"));
        return row =>
        {
            if (!row.TryReadNumber(study, out var studyId)
                || !TryReadOrEmpty(row, height, ushort.MaxValue, out var pixelRows)
                || !TryReadOrEmpty(row, width, ushort.MaxValue, out var pixelColumns)
                || !TryReadOrEmpty(row, date, int.MaxValue, out var day))
            {
                return RowVerdict.Malformed;
            }

            if (!TryFind(studyId, row.Field(dicom), out var image))
            {
                return RowVerdict.Foreign;
            }

            if (!_images.Views.TrySet(image, row.Field(view)))
            {
                return RowVerdict.Malformed;
            }

            (_images.Rows[image], _images.Columns[image], _images.Dates[image]) = ((ushort)pixelRows, (ushort)pixelColumns, day);
            return RowVerdict.Taken;
        };
    }

    private RowReader Split(TableRows rows)
    {
        var (dicom, study, split) = (rows.Column("dicom_id"), rows.Column("study_id"), rows.Column("split"));
        return row =>
            !row.TryReadNumber(study, out var studyId) ? RowVerdict.Malformed
            : !TryFind(studyId, row.Field(dicom), out var image) ? RowVerdict.Foreign
            : _images.Splits.TrySet(image, row.Field(split)) ? RowVerdict.Taken
            : RowVerdict.Malformed;
    }

    private RowReader Projections(TableRows rows)
    {
        var (uid, file, projection) = (rows.Column("uid"), rows.Column("filename"), rows.Column("projection"));
        return row =>
            !row.TryReadNumber(uid, out var study) ? RowVerdict.Malformed
            : !row.Field(file).EndsWith(".png"u8) || !TryFind(study, row.Field(file)[..^".png".Length], out var image) ? RowVerdict.Foreign
            : _images.Views.TrySet(image, row.Field(projection)) ? RowVerdict.Taken
            : RowVerdict.Malformed;
    }

    private RowReader Labels(string labeler, string table, TableRows rows)
    {
        var study = rows.Column("study_id");
        var columns = Enumerable.Range(0, rows.Header.Count).Where(column => rows.Header[column] is not ("subject_id" or "study_id")).ToArray();
        if (columns.Length > Labeler.MostLabels)
        {
            throw new InvalidDataException($"The table {table} has {columns.Length} labels, and at most {Labeler.MostLabels} are possible. Is it the one of this release?");
        }

        var states = new uint[_images.Count];
        _images.Labelers = [.. _images.Labelers, new Labeler(labeler, [.. columns.Select(column => rows.Header[column])], states)];
        return row =>
        {
            if (!row.TryReadNumber(study, out var studyId) || !TryReadStates(row, columns, out var packed))
            {
                return RowVerdict.Malformed;
            }

            if (!_firstOfStudy.TryGetValue(studyId, out var image))
            {
                return RowVerdict.Foreign;
            }

            for (; image < states.Length && _images.Studies[image] == studyId; image++)
            {
                states[image] = packed;
            }

            return RowVerdict.Taken;
        };
    }

    private static bool TryReadStates(TableRows row, int[] columns, out uint packed)
    {
        packed = 0;
        for (var label = 0; label < columns.Length; label++)
        {
            var field = row.Field(columns[label]);
            LabelState state;
            if (field.IsEmpty)
            {
                state = LabelState.NotMentioned;
            }
            else if (field.SequenceEqual("1.0"u8) || field.SequenceEqual("1"u8))
            {
                state = LabelState.Positive;
            }
            else if (field.SequenceEqual("0.0"u8) || field.SequenceEqual("0"u8))
            {
                state = LabelState.Negative;
            }
            else if (field.SequenceEqual("-1.0"u8) || field.SequenceEqual("-1"u8))
            {
                state = LabelState.Uncertain;
            }
            else
            {
                return false;
            }

            packed |= (uint)state << (label * 2);
        }

        return true;
    }

    private static bool TryReadOrEmpty(TableRows row, int column, int most, out int number)
    {
        number = 0;
        return row.Field(column).IsEmpty || (row.TryReadNumber(column, out number) && number >= 0 && number <= most);
    }

    /// <summary>Finds an image among those of its study, which are few.</summary>
    private bool TryFind(int study, ReadOnlySpan<byte> dicomId, out int image)
    {
        if (_firstOfStudy.TryGetValue(study, out image))
        {
            for (; image < _images.Count && _images.Studies[image] == study; image++)
            {
                if (_images.DicomId(image).SequenceEqual(dicomId))
                {
                    return true;
                }
            }
        }

        return false;
    }
}
