using System.Globalization;
using MimicCxr.Daemon.Tables;

namespace MimicCxr.Daemon.Selections;

/// <summary>Answers queries: one pass over the arrays of an <see cref="ImageTable"/>.</summary>
internal static class QueryRun
{
    private const string None = "none";

    /// <summary>The images that a query means, in path order.</summary>
    /// <param name="images">The images.</param>
    /// <param name="query">What is asked for; what it subtracts is the caller's matter.</param>
    /// <param name="isCandidate">Whether a file, by its ordinal, is asked about.</param>
    /// <exception cref="ArgumentException">The query names what the tables do not have, or a value is none.</exception>
    public static List<int> Run(ImageTable images, ImageQuery query, Func<int, bool> isCandidate)
    {
        var (first, last) = (ReadDate(query.FirstDate, 0), ReadDate(query.LastDate, int.MaxValue));
        if (query.Share is { } share && !(share is > 0 and <= 1))
        {
            throw new ArgumentException("The share of a sample must be above 0 and at most 1.");
        }

        if (query.Limit is <= 0)
        {
            throw new ArgumentException("The limit of a sample must be 1 or more.");
        }

        var splits = Codes(images.Splits, query.Splits, "split");
        var views = Codes(images.Views, query.Views, "view");
        var where = query.Where.Select(text => ConditionParser.Parse(text, images.Labelers)).ToArray();
        var isDated = query.FirstDate.Length + query.LastDate.Length > 0;
        var end = PatientSample.EndOf(query.Share ?? 1);
        var chosen = new List<int>();
        var lastStudy = 0;
        for (var image = 0; image < images.Count; image++)
        {
            if (!splits[images.Splits.Codes[image]] || !views[images.Views.Codes[image]]
                || (isDated && (images.Dates[image] == 0 || images.Dates[image] < first || images.Dates[image] > last))
                || !Holds(where, image)
                || !isCandidate(images.Files[image])
                || (query.OnePerStudy && images.Studies[image] == lastStudy)
                || (query.Share is not null && PatientSample.PlaceOf(images.Subjects[image], query.Seed) >= end))
            {
                continue;
            }

            lastStudy = images.Studies[image];
            chosen.Add(image);
        }

        return query.Limit is { } limit && limit < chosen.Count ? Limit(images, chosen, limit, query.Seed) : chosen;
    }

    private static bool Holds(Condition[] conditions, int image)
    {
        foreach (var condition in conditions)
        {
            if (!condition.Holds(image))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>
    /// Patients in the order of their places, each whole, as long as they fit: one with too many images is passed over. So the
    /// result is exactly as large as asked for wherever enough patients have a single image.
    /// </summary>
    private static List<int> Limit(ImageTable images, List<int> chosen, long limit, long seed)
    {
        var patients = chosen.CountBy(image => images.Subjects[image])
            .OrderBy(patient => PatientSample.PlaceOf(patient.Key, seed)).ThenBy(patient => patient.Key);
        var kept = new HashSet<int>();
        var room = limit;
        foreach (var (subject, count) in patients)
        {
            if (count <= room)
            {
                kept.Add(subject);
                room -= count;
            }
        }

        return chosen.FindAll(image => kept.Contains(images.Subjects[image]));
    }

    /// <summary>Which codes of a column are wanted.</summary>
    private static bool[] Codes(Category column, IReadOnlyList<string> wanted, string what)
    {
        var codes = new bool[column.Names.Count];
        if (wanted.Count == 0)
        {
            Array.Fill(codes, true);
        }

        foreach (var name in wanted)
        {
            var code = name.Equals(None, StringComparison.OrdinalIgnoreCase) ? 0
                : Enumerable.Range(1, codes.Length - 1).FirstOrDefault(code => column.Names[code].Equals(name, StringComparison.OrdinalIgnoreCase), -1);
            codes[code >= 0 ? code : throw Unknown(name)] = true;
        }

        return codes;

        ArgumentException Unknown(string name) => codes.Length == 1
            ? new($"This data set has no table of {what}s, so none can be asked for.")
            : new($"There is no {what} '{name}'; there are {string.Join(", ", column.Names.Skip(1))} and {None}.");
    }

    private static int ReadDate(string text, int otherwise) =>
        text.Length == 0 ? otherwise
        : DateOnly.TryParseExact(text, ["yyyy-MM-dd", "yyyyMMdd"], CultureInfo.InvariantCulture, DateTimeStyles.None, out var date)
            ? (date.Year * 10_000) + (date.Month * 100) + date.Day
            : throw new ArgumentException($"'{text}' is no date; dates are given as 2180-05-31.");
}
