using Amazon.S3.Model;

namespace MimicCxr.Daemon.Store;

/// <summary>An <see cref="ObjectNote"/> as metadata of an object (<c>x-amz-meta-...</c>).</summary>
internal static class S3Notes
{
    private const string Sha256 = "sha256";
    private const string Disagrees = "origin-disagrees";

    /// <summary>Reads the note; what something else put there has none.</summary>
    public static ObjectNote Read(MetadataCollection metadata) => new(metadata[Sha256], metadata[Disagrees] == "true");

    /// <summary>Writes the note.</summary>
    public static void Write(MetadataCollection metadata, ObjectNote note)
    {
        if (note.Sha256 is not null)
        {
            metadata[Sha256] = note.Sha256;
        }

        if (note.OriginDisagrees)
        {
            metadata[Disagrees] = "true";
        }
    }
}
