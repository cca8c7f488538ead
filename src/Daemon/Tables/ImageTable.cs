using System.Buffers.Text;
using MimicCxr.Daemon.Catalog;

namespace MimicCxr.Daemon.Tables;

/// <summary>
/// What the tables of a data set say about its images, joined: plain arrays by image, some 30 bytes each (11 MB for all of
/// MIMIC-CXR), so that a question over everything is one pass over them. Images are numbered in path order; those of a study
/// stand together. Subject and study come from the path, which every image has; what a table does not tell is empty or 0.
/// Nothing changes once the import is through.
/// </summary>
internal sealed class ImageTable
{
    private ImageNames? _names;

    /// <summary>The folder of MIMIC's images, below which are group, patient, study, image.</summary>
    private static ReadOnlySpan<byte> MimicFolder => "files"u8;

    /// <summary>The folder of Indiana's images, below which is <c>images_normalized</c>, and all images there.</summary>
    private static ReadOnlySpan<byte> IndianaFolder => "images"u8;

    /// <summary>The images of a catalogue, nothing known of them but their paths.</summary>
    public ImageTable(CatalogSnapshot catalog)
    {
        Catalog = catalog;
        var (files, subjects, studies) = (new List<int>(catalog.FileCount), new List<int>(catalog.FileCount), new List<int>(catalog.FileCount));
        for (var file = 0; file < catalog.FileCount; file++)
        {
            if (TryReadPath(catalog, catalog.NodeOf(file), out var subject, out var study))
            {
                files.Add(file);
                subjects.Add(subject);
                studies.Add(study);
            }
        }

        (Files, Subjects, Studies) = ([.. files], [.. subjects], [.. studies]);
        Folder = (files.Count > 0 && HasTop(catalog, catalog.NodeOf(files[0]), IndianaFolder) ? IndianaFolder : MimicFolder).ToArray();
        (Views, Splits) = (new Category(Count), new Category(Count));
        (Dates, Rows, Columns) = (new int[Count], new ushort[Count], new ushort[Count]);
    }

    /// <summary>The catalogue that the images belong to.</summary>
    public CatalogSnapshot Catalog { get; }

    /// <summary>Images.</summary>
    public int Count => Files.Length;

    /// <summary>The name of the folder, at the top of the data set, that has all images.</summary>
    public byte[] Folder { get; }

    /// <summary>By image: the ordinal in the catalogue, rising.</summary>
    public int[] Files { get; }

    /// <summary>By image: the patient's number, p10000032 without its p; of Indiana that of the study, since no more is known of patients.</summary>
    public int[] Subjects { get; }

    /// <summary>By image: the study's number, s50414267 without its s; of Indiana the uid.</summary>
    public int[] Studies { get; }

    /// <summary>By image: ViewPosition; of Indiana the projection.</summary>
    public Category Views { get; }

    /// <summary>By image: train, validate or test.</summary>
    public Category Splits { get; }

    /// <summary>By image: StudyDate as the number yyyymmdd, or 0.</summary>
    public int[] Dates { get; }

    /// <summary>By image: height in pixels, or 0.</summary>
    public ushort[] Rows { get; }

    /// <summary>By image: width in pixels, or 0.</summary>
    public ushort[] Columns { get; }

    /// <summary>The labelers whose tables the data set has.</summary>
    public IReadOnlyList<Labeler> Labelers { get; set; } = [];

    /// <summary>The tables that were read.</summary>
    public IReadOnlyList<TableReport> Reports { get; set; } = [];

    /// <summary>
    /// The labels as columns of one table, labeler by labeler: the first one's by the label alone, the others' as LABELER:LABEL.
    /// </summary>
    public IEnumerable<string> LabelColumns =>
        Labelers.SelectMany((labeler, i) => labeler.Labels.Select(label => i == 0 ? label : $"{labeler.Name}:{label}"));

    /// <summary>Images by the names of their files; made when first asked for.</summary>
    public ImageNames Names => Volatile.Read(ref _names) ?? MakeNames();

    /// <summary>The node of an image in the catalogue.</summary>
    public int NodeOf(int image) => Catalog.NodeOf(Files[image]);

    /// <summary>The path of an image.</summary>
    public string Path(int image) => Catalog.Path(NodeOf(image));

    /// <summary>The name of an image's file.</summary>
    public ReadOnlySpan<byte> FileName(int image) => Catalog.Name(NodeOf(image));

    /// <summary>The dicom_id of an image: its name without the extension.</summary>
    public ReadOnlySpan<byte> DicomId(int image)
    {
        var name = FileName(image);
        return name[..name.LastIndexOf((byte)'.')];
    }

    private ImageNames MakeNames()
    {
        var names = new ImageNames(this);
        return Interlocked.CompareExchange(ref _names, names, null) ?? names;
    }

    private static bool TryReadPath(CatalogSnapshot catalog, int node, out int subject, out int study) =>
        TryReadMimicPath(catalog, node, out subject, out study) || TryReadIndianaPath(catalog, node, out subject, out study);

    /// <summary>Reads images/images_normalized/UID_NAME.png.</summary>
    private static bool TryReadIndianaPath(CatalogSnapshot catalog, int node, out int subject, out int study)
    {
        var name = catalog.Name(node);
        var folder = catalog.Parent(node);
        var isImage = Utf8Parser.TryParse(name, out study, out var read) && study > 0 && name[read..].StartsWith("_"u8) && name.EndsWith(".png"u8)
            && catalog.Name(folder).SequenceEqual("images_normalized"u8) && HasTop(catalog, folder, IndianaFolder);
        subject = study;
        return isImage;
    }

    /// <summary>Whether a node is below a folder at the top.</summary>
    private static bool HasTop(CatalogSnapshot catalog, int node, ReadOnlySpan<byte> name)
    {
        while (catalog.Parent(node) is not 0 and var parent)
        {
            node = parent;
        }

        return catalog.Name(node).SequenceEqual(name);
    }

    /// <summary>Reads files/p10/p10000032/s50414267/ID.jpg from its end.</summary>
    private static bool TryReadMimicPath(CatalogSnapshot catalog, int node, out int subject, out int study)
    {
        (subject, study) = (0, 0);
        var studyNode = catalog.Parent(node);
        var patient = catalog.Parent(studyNode);
        var group = catalog.Parent(patient);
        var files = catalog.Parent(group);
        var name = catalog.Name(node);
        return files != 0 && catalog.Parent(files) == 0 && catalog.Name(files).SequenceEqual(MimicFolder)
            && (name.EndsWith(".jpg"u8) || name.EndsWith(".dcm"u8))
            && TryReadNumber(catalog.Name(patient), (byte)'p', out subject)
            && TryReadNumber(catalog.Name(studyNode), (byte)'s', out study);
    }

    private static bool TryReadNumber(ReadOnlySpan<byte> name, byte letter, out int number)
    {
        number = 0;
        return name.Length > 1 && name[0] == letter && Utf8Parser.TryParse(name[1..], out number, out var read) && read == name.Length - 1;
    }
}
