using MimicCxr.V1;

namespace MimicCxr.Cli.Output;

/// <summary>An entry of the data set as <c>ls --json</c> and <c>stat --json</c> print it.</summary>
internal sealed record EntryDocument(
    string Path, string Kind, long? Size, string? Sha256, bool Resident, bool Stored, long ModifiedUnixS)
{
    /// <summary>Takes over what the daemon answered.</summary>
    public static EntryDocument From(Entry entry) => new(
        entry.Path,
        KindName(entry.Kind),
        entry.HasSize ? entry.Size : null,
        entry.HasSha256 ? Convert.ToHexStringLower(entry.Sha256.Span) : null,
        entry.Resident,
        entry.Stored,
        entry.ModifiedUnixS);

    /// <summary>file, directory or symbolic-link.</summary>
    public static string KindName(EntryKind kind) => kind switch
    {
        EntryKind.File => "file",
        EntryKind.Directory => "directory",
        EntryKind.SymbolicLink => "symbolic-link",
        _ => "unknown",
    };
}
