using System.Globalization;
using MimicCxr.V1;

namespace MimicCxr.Cli.Output;

/// <summary>Selections as people read them.</summary>
internal static class SelectionText
{
    /// <summary>One line: how large it is.</summary>
    public static string Summary(Selection selection) =>
        $"{selection.Name}: {Quantity.Count(selection.Images, "image", "images")}, {Quantity.Count(selection.Studies, "study", "studies")}, "
        + $"{Quantity.Count(selection.Patients, "patient", "patients")} of {selection.Dataset}";

    /// <summary>The command that makes it.</summary>
    public static string CommandLine(Selection selection)
    {
        var query = selection.Query;
        var words = new List<string> { "mimic-cxr select create", selection.Name, "--dataset", selection.Dataset };
        AddJoined("--split", query.Splits);
        AddJoined("--view", query.Views);
        AddEach("--where", query.Where);
        AddEach("--from", query.FirstDate.Length > 0 ? [query.FirstDate] : []);
        AddEach("--to", query.LastDate.Length > 0 ? [query.LastDate] : []);
        AddEach("--minus", query.Minus);
        words.AddRange(query.OnePerStudy ? ["--one-per-study"] : []);
        AddEach("--sample", query.HasShare ? [query.Share.ToString(CultureInfo.InvariantCulture)] : []);
        AddEach("--limit", query.HasLimit ? [query.Limit.ToString(CultureInfo.InvariantCulture)] : []);
        AddEach("--seed", query.HasShare || query.HasLimit ? [query.Seed.ToString(CultureInfo.InvariantCulture)] : []);
        return string.Join(' ', words);

        void AddJoined(string option, IReadOnlyCollection<string> values) => AddEach(option, values.Count > 0 ? [string.Join(',', values)] : []);

        void AddEach(string option, IEnumerable<string> values)
        {
            foreach (var value in values)
            {
                words.Add(option);
                words.Add(Quote(value));
            }
        }
    }

    /// <summary>A word as a shell takes it.</summary>
    private static string Quote(string word) =>
        word.All(c => char.IsAsciiLetterOrDigit(c) || "-_.,=:/".Contains(c, StringComparison.Ordinal)) ? word : $"'{word.Replace("'", @"'\''", StringComparison.Ordinal)}'";
}
