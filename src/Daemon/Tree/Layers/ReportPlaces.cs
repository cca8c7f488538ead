namespace MimicCxr.Daemon.Tree.Layers;

/// <summary>Where a mount shows the report of a study.</summary>
[Flags]
internal enum ReportPlaces
{
    /// <summary>Nowhere.</summary>
    None = 0,

    /// <summary><c>files/p10/p10000032/s50414267.txt</c>, the official place: beside the study's folder.</summary>
    Beside = 1,

    /// <summary><c>files/p10/p10000032/s50414267/s50414267.txt</c>, where some guides expect it.</summary>
    Inside = 2,

    /// <summary>In both places.</summary>
    Both = Beside | Inside,
}
