using System.Buffers;
using System.Buffers.Text;
using System.Text;
using MimicCxr.Daemon.Tables;

namespace MimicCxr.Daemon.Selections;

/// <summary>
/// Images as lines of a CSV table (RFC 4180, but for its line ends): what is known of each, then a column a label, the first
/// labeler's by the label alone, the others' as LABELER:LABEL, with 1.0, 0.0, -1.0 or nothing as in the data set's tables.
/// </summary>
internal sealed class ManifestRow
{
    /// <summary>More than the numbers, the date and all commas before the labels take.</summary>
    private const int NumberBytes = 100;

    /// <summary>What a label takes at most: ",-1.0".</summary>
    private const int LabelBytes = 5;

    private readonly ImageTable _images;
    private readonly byte[][] _views;
    private readonly byte[][] _splits;
    private readonly int _mostBesidePath;

    /// <summary>Of these images, whose tables are read.</summary>
    public ManifestRow(ImageTable images)
    {
        _images = images;
        _views = [.. images.Views.Names.Select(Quote)];
        _splits = [.. images.Splits.Names.Select(Quote)];
        _mostBesidePath = NumberBytes + _views.Max(name => name.Length) + _splits.Max(name => name.Length)
            + (LabelBytes * images.Labelers.Sum(labeler => labeler.Labels.Count));
        Header = Encoding.UTF8.GetBytes(
            "path,subject_id,study_id,dicom_id,view,split,study_date,rows,columns"
            + string.Concat(images.LabelColumns.Select(column => "," + QuoteText(column))) + "\n");
    }

    /// <summary>The first line.</summary>
    public byte[] Header { get; }

    /// <summary>Bytes that the line of an image does not exceed.</summary>
    public int MostBytes(int image)
    {
        // The path, and the name again as dicom_id; in quotes, every byte may become two, or three where it is no UTF-8.
        var path = _images.Catalog.PathLength(_images.NodeOf(image));
        return _mostBesidePath + (6 * path) + 4;
    }

    /// <summary>Writes the line of an image.</summary>
    /// <param name="image">The image.</param>
    /// <param name="line">Room for <see cref="MostBytes"/>.</param>
    /// <returns>Bytes written.</returns>
    public int Write(int image, Span<byte> line)
    {
        var end = QuoteInPlace(line, _images.Catalog.WritePath(_images.NodeOf(image), line));
        Put(_images.Subjects[image], line, ref end);
        Put(_images.Studies[image], line, ref end);
        line[end++] = (byte)',';
        var dicom = _images.DicomId(image);
        dicom.CopyTo(line[end..]);
        end += QuoteInPlace(line[end..], dicom.Length);
        Put(_views[_images.Views.Codes[image]], line, ref end);
        Put(_splits[_images.Splits.Codes[image]], line, ref end);
        PutDate(_images.Dates[image], line, ref end);
        PutKnown(_images.Rows[image], line, ref end);
        PutKnown(_images.Columns[image], line, ref end);
        foreach (var labeler in _images.Labelers)
        {
            for (var label = 0; label < labeler.Labels.Count; label++)
            {
                Put(Field(labeler.StateOf(image, label)), line, ref end);
            }
        }

        line[end++] = (byte)'\n';
        return end;
    }

    private static ReadOnlySpan<byte> Field(LabelState state) => state switch
    {
        LabelState.Positive => "1.0"u8,
        LabelState.Negative => "0.0"u8,
        LabelState.Uncertain => "-1.0"u8,
        _ => default,
    };

    private static void Put(ReadOnlySpan<byte> field, Span<byte> line, ref int end)
    {
        line[end++] = (byte)',';
        field.CopyTo(line[end..]);
        end += field.Length;
    }

    private static void Put(int number, Span<byte> line, ref int end)
    {
        line[end++] = (byte)',';
        Utf8Formatter.TryFormat(number, line[end..], out var written);
        end += written;
    }

    /// <summary>A number, or nothing where it is 0, which stands for unknown.</summary>
    private static void PutKnown(int number, Span<byte> line, ref int end)
    {
        if (number == 0)
        {
            line[end++] = (byte)',';
        }
        else
        {
            Put(number, line, ref end);
        }
    }

    /// <summary>yyyymmdd as yyyy-mm-dd.</summary>
    private static void PutDate(int date, Span<byte> line, ref int end)
    {
        line[end++] = (byte)',';
        if (date != 0)
        {
            Utf8Formatter.TryFormat(date / 10_000, line[end..], out _, new StandardFormat('D', 4));
            line[end + 4] = (byte)'-';
            Utf8Formatter.TryFormat(date / 100 % 100, line[(end + 5)..], out _, new StandardFormat('D', 2));
            line[end + 7] = (byte)'-';
            Utf8Formatter.TryFormat(date % 100, line[(end + 8)..], out _, new StandardFormat('D', 2));
            end += 10;
        }
    }

    /// <summary>Puts quotes around a field where it needs them; none of the published names does.</summary>
    /// <returns>Its length afterwards.</returns>
    private static int QuoteInPlace(Span<byte> field, int length)
    {
        if (field[..length].IndexOfAny(",\"\r\n"u8) < 0)
        {
            return length;
        }

        var quoted = Quote(Encoding.UTF8.GetString(field[..length]));
        quoted.CopyTo(field);
        return quoted.Length;
    }

    private static byte[] Quote(string field) => Encoding.UTF8.GetBytes(QuoteText(field));

    private static string QuoteText(string field) =>
        field.AsSpan().IndexOfAny(",\"\r\n") < 0 ? field : $"\"{field.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
