namespace MimicCxr.Daemon.Catalog;

/// <summary>
/// What is known of a data set beforehand: where it is published, the names of its lists and the day it was published. Everything
/// else is read from the lists.
/// </summary>
internal sealed record DataSetDefinition
{
    /// <summary>The checksum list of PhysioNet's releases: every file but itself.</summary>
    public const string ChecksumList = "SHA256SUMS.txt";

    /// <summary>The list of a data set that is published as one archive; made from the archive's directory.</summary>
    public const string ArchiveList = "CRC32SUMS.txt";

    private static readonly DataSetDefinition[] Known =
    [
        Jpg("2.1.0", new DateTime(2024, 3, 12)),
        Jpg("2.0.0", new DateTime(2019, 11, 14)),
        Dicom("2.1.0", new DateTime(2024, 7, 23)),
        Dicom("2.0.0", new DateTime(2019, 9, 19)),
        // Version 2 by Kaggle's count; Kaggle tells no more than the year.
        new()
        {
            Id = new DataSetId("indiana", "2"),
            KaggleName = "raddar/chest-xrays-indiana-university",
            PublishedUnixSeconds = Seconds(new DateTime(2020, 1, 1)),
        },
    ];

    /// <summary>Slug and version.</summary>
    public required DataSetId Id { get; init; }

    /// <summary>The list of image paths, read where the checksum list names no image; null where there is none.</summary>
    public string? ImageList { get; init; }

    /// <summary>OWNER/NAME at Kaggle, where the data set is one archive there; null for PhysioNet's.</summary>
    public string? KaggleName { get; init; }

    /// <summary>Whether it is published as one archive.</summary>
    public bool IsArchive => KaggleName is not null;

    /// <summary>The list that names every file.</summary>
    public string List => IsArchive ? ArchiveList : ChecksumList;

    /// <summary>
    /// Every file's modification time, in seconds since 1970: one fixed time for the whole version, since tools such
    /// as rclone and rsync take a changed time for a changed file.
    /// </summary>
    public required long PublishedUnixSeconds { get; init; }

    /// <summary>All data sets that can be served.</summary>
    public static IEnumerable<DataSetDefinition> All => Known;

    /// <summary>Their names.</summary>
    public static IEnumerable<string> Names => Known.Select(definition => definition.Id.ToString());

    /// <summary>The definition by a name as users write it, <c>SLUG/VERSION</c>, or <c>SLUG</c> where there is one version; null for no data set.</summary>
    public static DataSetDefinition? Find(string name) =>
        Array.Find(Known, definition => definition.Id.ToString() == name || (definition.IsArchive && definition.Id.Slug == name));

    /// <summary>The definition of a data set, or null when it is not one of <see cref="Names"/>.</summary>
    public static DataSetDefinition? Find(DataSetId id) => Array.Find(Known, definition => definition.Id == id);

    private static DataSetDefinition Jpg(string version, DateTime published) => new()
    {
        Id = new DataSetId("mimic-cxr-jpg", version),
        ImageList = "IMAGE_FILENAMES",
        PublishedUnixSeconds = Seconds(published),
    };

    private static DataSetDefinition Dicom(string version, DateTime published) => new()
    {
        Id = new DataSetId("mimic-cxr", version),
        ImageList = "cxr-record-list.csv.gz",
        PublishedUnixSeconds = Seconds(published),
    };

    private static long Seconds(DateTime utc) => new DateTimeOffset(utc, TimeSpan.Zero).ToUnixTimeSeconds();
}
