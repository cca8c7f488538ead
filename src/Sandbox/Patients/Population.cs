using System.Globalization;

namespace MimicCxr.Sandbox.Patients;

/// <summary>
/// Invents patients, studies and pictures from a seed: exactly as many patients and pictures as asked for, spread
/// evenly over the ten top folders, everything in the byte order of its path.
/// </summary>
internal sealed class Population
{
    private const int SubjectIds = 10_000_000;
    private const ulong WeightStream = 1;
    private const ulong PatientStream = 2;
    private const ulong ImageStream = 3;

    private readonly ulong _seed;
    private int _studies;
    private int _images;

    private Population(int seed) => _seed = (ulong)seed;

    /// <summary>Invents a population.</summary>
    /// <param name="patients">Number of patients, at most 10 million.</param>
    /// <param name="images">Number of pictures, at least one a patient and at most 10 million.</param>
    /// <param name="seed">Decides everything else.</param>
    public static List<Patient> Create(int patients, int images, int seed)
    {
        var population = new Population(seed);
        var shares = population.ShareOut(patients, images);
        var list = new List<Patient>(patients);
        for (var i = 0; i < patients; i++)
        {
            list.Add(population.CreatePatient(i, patients, shares[i]));
        }

        return list;
    }

    /// <summary>How many pictures each patient has: one, and a part of the rest with a long tail.</summary>
    private int[] ShareOut(int patients, int images)
    {
        var weights = new double[patients + 1];
        for (var i = 0; i < patients; i++)
        {
            weights[i + 1] = weights[i] - Math.Log(1 - SeededRandom.For(_seed, WeightStream, (ulong)i).NextDouble());
        }

        var rest = images - patients;
        var shares = new int[patients];
        var given = 0L;
        for (var i = 0; i < patients; i++)
        {
            var upTo = i == patients - 1 ? rest : (long)(rest * (weights[i + 1] / weights[patients]));
            shares[i] = 1 + (int)(upTo - given);
            given = upTo;
        }

        return shares;
    }

    private Patient CreatePatient(int index, int patients, int images)
    {
        var random = SeededRandom.For(_seed, PatientStream, (ulong)index);
        var subjectId = SubjectIds + (int)((index + random.NextDouble()) * SubjectIds / patients);
        var time = new DateTime(2110, 1, 1, 0, 0, 0, DateTimeKind.Utc).AddMinutes(random.Next(80 * 365 * 24 * 60));

        var drafts = new List<(int StudyId, int Images, DateTime Time)>();
        while (images > 0)
        {
            var draw = random.NextDouble();
            var count = Math.Min(images, draw < 0.38 ? 1 : draw < 0.9 ? 2 : draw < 0.97 ? 3 : 4);
            // Multiplying by a number without common factors with 10,000,000 visits every study id once.
            var studyId = 50_000_000 + (int)(((_seed * 7919) + ((ulong)_studies++ * 6_180_339)) % 10_000_000);
            drafts.Add((studyId, count, time));
            images -= count;
            time = time.AddMinutes(600 + random.Next(200 * 24 * 60)).AddMilliseconds(random.Next(60_000));
        }

        drafts.Sort((a, b) => a.StudyId.CompareTo(b.StudyId));
        // One patient in 20 validates and one tests, so that small data sets have all three parts.
        var split = (index % 20) switch { 7 => Split.Validate, 13 => Split.Test, _ => Split.Train };
        return new Patient(subjectId, split, drafts.ConvertAll(draft => CreateStudy(subjectId, draft.StudyId, draft.Images, draft.Time, random)));
    }

    private Study CreateStudy(int subjectId, int studyId, int images, DateTime time, SeededRandom random)
    {
        var portable = images == 1 && random.Chance(0.75);
        var views = new ViewPosition[images];
        for (var i = 0; i < images; i++)
        {
            views[i] = random.Chance(0.04) ? ViewPosition.Unknown
                : portable ? ViewPosition.AP
                : i == 1 ? (random.Chance(0.75) ? ViewPosition.Lateral : ViewPosition.LL)
                : i == 0 || random.Chance(0.5) ? ViewPosition.PA
                : random.Pick<ViewPosition>([ViewPosition.AP, ViewPosition.Lateral]);
        }

        var ids = Array.ConvertAll(views, _ => NewDicomId(random));
        Array.Sort(ids, views, StringComparer.Ordinal);
        var records = new ImageRecord[images];
        for (var i = 0; i < images; i++)
        {
            var ordinal = _images++;
            records[i] = new ImageRecord(ordinal, ids[i], views[i], SeededRandom.For(_seed, ImageStream, (ulong)ordinal).NextBits());
        }

        return new Study
        {
            SubjectId = subjectId,
            StudyId = studyId,
            Time = time,
            Portable = portable,
            Labels = Findings.Draw(random),
            Labelled = !random.Chance(0.03),
            Images = records,
        };
    }

    private static string NewDicomId(SeededRandom random)
    {
        Span<byte> bytes = stackalloc byte[20];
        random.Fill(bytes);
        var hex = Convert.ToHexStringLower(bytes);
        return string.Create(CultureInfo.InvariantCulture, $"{hex[..8]}-{hex[8..16]}-{hex[16..24]}-{hex[24..32]}-{hex[32..]}");
    }
}
