using System.Globalization;
using System.Text;
using MimicCxr.Daemon.Catalog;
using MimicCxr.Daemon.Selections;
using MimicCxr.Daemon.Tables;

namespace MimicCxr.Daemon.Api;

/// <summary>Queries and images as the API shows them.</summary>
internal static class SelectionMessages
{
    /// <summary>A query; every image where there is none.</summary>
    public static ImageQuery FromMessage(V1.ImageQuery? query) => query is null ? new ImageQuery() : new ImageQuery
    {
        Splits = [.. query.Splits],
        Views = [.. query.Views],
        Where = [.. query.Where],
        FirstDate = query.FirstDate,
        LastDate = query.LastDate,
        Minus = [.. query.Minus],
        OnePerStudy = query.OnePerStudy,
        Share = query.HasShare ? query.Share : null,
        Limit = query.HasLimit ? query.Limit : null,
        Seed = query.Seed,
    };

    /// <summary>An image and what the tables say about it.</summary>
    public static V1.ImageRecord ToMessage(ImageTable images, int image)
    {
        var record = new V1.ImageRecord
        {
            Path = images.Path(image),
            SubjectId = images.Subjects[image],
            StudyId = images.Studies[image],
            DicomId = Encoding.UTF8.GetString(images.DicomId(image)),
            View = images.Views[image],
            Split = images.Splits[image],
            StudyDate = ToDate(images.Dates[image]),
            Rows = images.Rows[image],
            Columns = images.Columns[image],
        };
        record.Labelers.AddRange(images.Labelers.Select(labeler => ToMessage(labeler, image)));
        return record;
    }

    /// <summary>A selection.</summary>
    public static V1.Selection ToMessage(Selection selection) => new()
    {
        Id = selection.Id,
        Name = selection.Name,
        Dataset = selection.DataSet.ToString(),
        Query = ToMessage(selection.Query),
        Images = selection.Images,
        Studies = selection.Studies,
        Patients = selection.Patients,
        CreatedUnixS = selection.Created.ToUnixTimeSeconds(),
    };

    /// <summary>What can be asked for.</summary>
    public static V1.TablesDescription Describe(DataSetId dataSet, ImageTable images)
    {
        var description = new V1.TablesDescription { Dataset = dataSet.ToString(), Images = images.Count };
        description.Splits.AddRange(Count(images.Splits));
        description.Views.AddRange(Count(images.Views));
        foreach (var labeler in images.Labelers)
        {
            var labels = new V1.LabelerLabels { Labeler = labeler.Name };
            labels.Labels.AddRange(labeler.Labels);
            description.Labelers.Add(labels);
        }

        description.Tables.AddRange(images.Reports.Select(report => new V1.TableRows
        {
            Name = report.File,
            Rows = report.Rows,
            Foreign = report.Foreign,
            Malformed = report.Malformed,
        }));
        return description;
    }

    private static IEnumerable<V1.ValueCount> Count(Category column) =>
        column.Codes.CountBy(code => code).OrderByDescending(value => value.Value)
            .Select(value => new V1.ValueCount { Value = column.Names[value.Key] is { Length: > 0 } name ? name : "none", Images = value.Value });

    private static V1.ImageQuery ToMessage(ImageQuery query)
    {
        var message = new V1.ImageQuery { FirstDate = query.FirstDate, LastDate = query.LastDate, OnePerStudy = query.OnePerStudy, Seed = query.Seed };
        message.Splits.AddRange(query.Splits);
        message.Views.AddRange(query.Views);
        message.Where.AddRange(query.Where);
        message.Minus.AddRange(query.Minus);
        if (query.Share is { } share)
        {
            message.Share = share;
        }

        if (query.Limit is { } limit)
        {
            message.Limit = limit;
        }

        return message;
    }

    private static V1.LabelerRecord ToMessage(Labeler labeler, int image)
    {
        var record = new V1.LabelerRecord { Labeler = labeler.Name };
        for (var label = 0; label < labeler.Labels.Count; label++)
        {
            if (labeler.StateOf(image, label) is not LabelState.NotMentioned and var state)
            {
                record.Labels.Add(labeler.Labels[label], ToMessage(state));
            }
        }

        return record;
    }

    private static V1.LabelState ToMessage(LabelState state) => state switch
    {
        LabelState.Positive => V1.LabelState.Positive,
        LabelState.Negative => V1.LabelState.Negative,
        _ => V1.LabelState.Uncertain,
    };

    private static string ToDate(int date) => date == 0 ? "" : string.Create(
        CultureInfo.InvariantCulture, $"{date / 10_000:0000}-{date / 100 % 100:00}-{date % 100:00}");
}
