using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace MimicCxr.Daemon.Store;

/// <summary>
/// An <see cref="ObjectNote"/> beside a file: in an extended attribute, with the file's length and time, so that a file that was
/// written to since is known by them. Where the file system has no such attributes there is no note.
/// </summary>
/// <param name="Note">The note.</param>
/// <param name="IsCurrent">Whether nobody has written to the file since.</param>
internal readonly partial record struct FileNote(ObjectNote Note, bool IsCurrent)
{
    // The first byte tells the layout, and whether the origin disagrees. In binary, so that it fits beside the file's other
    // attributes into an inode of 256 bytes; larger, ext4 would spend a block of its own on it.
    private const string Name = "user.mimic-cxr";
    private const byte Agrees = 1;
    private const byte Disagrees = 2;
    private const int Sha256At = 1;
    private const int LengthAt = 33;
    private const int TimeAt = 41;
    private const int Size = 49;
    private const int Sha256Size = LengthAt - Sha256At;

    /// <summary>Writes the note of a file that is whole. What keeps that from being done is no error.</summary>
    public static void Write(string path, ObjectNote note)
    {
        if (!OperatingSystem.IsLinux() || note.Sha256?.Length != Sha256Size * 2)
        {
            return;
        }

        var file = new FileInfo(path);
        var value = new byte[Size];
        value[0] = note.OriginDisagrees ? Disagrees : Agrees;
        Convert.FromHexString(note.Sha256).CopyTo(value, Sha256At);
        BinaryPrimitives.WriteInt64LittleEndian(value.AsSpan(LengthAt), file.Length);
        BinaryPrimitives.WriteInt64LittleEndian(value.AsSpan(TimeAt), file.LastWriteTimeUtc.Ticks);
        _ = SetAttribute(path, Name, value, Size, 0);
    }

    /// <summary>Reads the note of a file.</summary>
    /// <returns>Null where there is none.</returns>
    public static FileNote? Read(FileInfo file)
    {
        var value = new byte[Size];
        if (!OperatingSystem.IsLinux() || GetAttribute(file.FullName, Name, value, Size) != Size || value[0] is not (Agrees or Disagrees))
        {
            return null;
        }

        return new FileNote(
            new ObjectNote(Convert.ToHexStringLower(value, Sha256At, Sha256Size), value[0] == Disagrees),
            BinaryPrimitives.ReadInt64LittleEndian(value.AsSpan(LengthAt)) == file.Length
                && BinaryPrimitives.ReadInt64LittleEndian(value.AsSpan(TimeAt)) == file.LastWriteTimeUtc.Ticks);
    }

    /// <summary>setxattr(2), for which .NET has no name.</summary>
    [LibraryImport("libc", EntryPoint = "setxattr", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetAttribute(string path, string name, byte[] value, nint size, int flags);

    /// <summary>getxattr(2): the value's length, or -1.</summary>
    [LibraryImport("libc", EntryPoint = "getxattr", StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint GetAttribute(string path, string name, [Out] byte[] value, nint size);
}
