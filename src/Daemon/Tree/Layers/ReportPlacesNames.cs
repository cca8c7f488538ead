namespace MimicCxr.Daemon.Tree.Layers;

/// <summary>How options and the API name <see cref="ReportPlaces"/>.</summary>
internal static class ReportPlacesNames
{
    /// <summary>Name and meaning.</summary>
    public static readonly (string Name, ReportPlaces Places)[] All =
    [
        ("none", ReportPlaces.None),
        ("beside", ReportPlaces.Beside),
        ("inside", ReportPlaces.Inside),
        ("both", ReportPlaces.Both),
    ];

    /// <summary>Reads a name.</summary>
    /// <exception cref="ArgumentException">It is none.</exception>
    public static ReportPlaces Parse(string text)
    {
        foreach (var (name, places) in All)
        {
            if (name == text)
            {
                return places;
            }
        }

        throw new ArgumentException($"'{text}' is no place of reports: {string.Join(", ", All.Select(known => known.Name))}.");
    }
}
