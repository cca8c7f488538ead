using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using MimicCxr.Daemon.Archives.Zip;
using MimicCxr.Daemon.Origin;

namespace MimicCxr.Daemon.Archives;

/// <summary>What an archive holds, by its directory, and of which version of the archive that is.</summary>
internal sealed class ArchiveContents
{
    private readonly ZipEnd _end;
    private readonly ZipDirectory _directory;

    private ArchiveContents(FileVersion version, ZipEnd end, ZipDirectory directory)
    {
        (Version, _end, _directory) = (version, end, directory);
        List = MakeList(directory);
        Sha256 = SHA256.HashData(List);
    }

    /// <summary>The version of the archive.</summary>
    public FileVersion Version { get; }

    /// <summary>The list of all members: a line <c>CRC32 LENGTH PATH</c> each, in the order of their paths.</summary>
    public byte[] List { get; }

    /// <summary>The checksum of the list: the same for all archives with the same members, wherever in them these stand.</summary>
    public byte[] Sha256 { get; }

    /// <summary>Reads it from the archive's end.</summary>
    /// <exception cref="ArchiveException">It is no zip, or one that is not read.</exception>
    /// <exception cref="OriginException">The archive cannot be had.</exception>
    public static async Task<ArchiveContents> ReadAsync(IOrigin origin, string path, CancellationToken cancellationToken)
    {
        var source = new OriginArchive(origin, path, version: null);
        using var zip = await RangedZip.OpenAsync(source, cancellationToken, cancellationToken).ConfigureAwait(false);
        return new ArchiveContents(source.Version!, zip.End, await zip.LoadDirectoryAsync(cancellationToken).ConfigureAwait(false));
    }

    /// <summary>Reads what an earlier run kept.</summary>
    /// <returns>Null when nothing was, or it is damaged.</returns>
    public static ArchiveContents? TryReadKept(string kept) =>
        ZipDirectoryFile.TryRead(kept) is var (version, end, directory) && directory is not null ? new ArchiveContents(version, end, directory) : null;

    /// <summary>Keeps it for later runs.</summary>
    /// <exception cref="IOException">It cannot be kept.</exception>
    public void Keep(string kept)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(kept)!);
        ZipDirectoryFile.Write(kept, Version, _end, _directory);
    }

    /// <summary>Finds a member.</summary>
    public bool TryFind(ReadOnlySpan<byte> name, out ZipEntry entry) => _directory.TryFind(name, out entry);

    /// <summary>Where a member ends at the latest, its local header included.</summary>
    public long EndOf(ReadOnlySpan<byte> name, in ZipEntry entry) =>
        Math.Min(_end.DirectoryOffset, entry.Offset + LocalHeader.FixedSize + name.Length + entry.PackedLength + MemberFetch.Slack);

    /// <summary>Names and lengths of the members in a folder.</summary>
    /// <param name="folder">Its path with a '/' at the end; empty for the root.</param>
    public List<FileLength> FilesIn(string folder)
    {
        var files = new List<FileLength>();
        var prefix = Encoding.UTF8.GetBytes(folder);
        for (var member = 0; member < _directory.Count; member++)
        {
            var name = _directory.Name(member);
            if (name.StartsWith(prefix) && !name[prefix.Length..].Contains((byte)'/'))
            {
                files.Add(new FileLength(Encoding.UTF8.GetString(name[prefix.Length..]), _directory.Entry(member).Length));
            }
        }

        return files;
    }

    private static byte[] MakeList(ZipDirectory directory)
    {
        using var list = new MemoryStream();
        for (var member = 0; member < directory.Count; member++)
        {
            ref readonly var entry = ref directory.Entry(member);
            list.Write(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{entry.Crc32:x8} {entry.Length} ")));
            list.Write(directory.Name(member));
            list.WriteByte((byte)'\n');
        }

        return list.ToArray();
    }
}
