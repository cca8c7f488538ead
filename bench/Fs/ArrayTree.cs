using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using MimicCxr.Fs;

namespace MimicCxr.Bench.Fs;

/// <summary>
/// A tree of the full data set's shape (10 top folders, 65,000 patients, 235,000 studies, 377,110 files) whose names are
/// computed, beside a folder <c>pool</c> with the files of a real directory. It answers in a microsecond, so that what
/// is measured is the kernel and src/Fs.
/// </summary>
internal sealed class ArrayTree : IBackedFileTree
{
    private const int Tops = 10;
    private const int Patients = 65_000;
    private const int Studies = 235_000;
    private const int Files = 377_110;
    private const int FirstTop = 1;
    private const int Pool = FirstTop + Tops;
    private const int FirstPatient = Pool + 1;
    private const int FirstStudy = FirstPatient + Patients;
    private const int FirstFile = FirstStudy + Studies;
    private const int FirstPoolFile = FirstFile + Files;
    private readonly SafeFileHandle[] _handles;
    private readonly Backing[] _backings;
    private readonly long[] _sizes;
    private readonly byte[][] _names;

    public ArrayTree(string poolDirectory)
    {
        var paths = Directory.GetFiles(poolDirectory);
        Array.Sort(paths, StringComparer.Ordinal);
        _handles = [.. paths.Select(path => File.OpenHandle(path))];
        _backings = [.. _handles.Select(handle => new Backing(handle))];
        _sizes = [.. _handles.Select(RandomAccess.GetLength)];
        _names = [.. paths.Select(path => System.Text.Encoding.UTF8.GetBytes(Path.GetFileName(path)))];
    }

    public bool TryLookup(NodeId directory, ReadOnlySpan<byte> name, out NodeAttributes attributes)
    {
        Span<byte> own = stackalloc byte[64];
        var (first, count) = Children((int)directory.Value - 1);
        for (var child = first; child < first + count; child++)
        {
            if (Name(child, own).SequenceEqual(name))
            {
                attributes = Attributes(child);
                return true;
            }
        }

        attributes = default;
        return false;
    }

    public bool TryGetAttributes(NodeId node, out NodeAttributes attributes)
    {
        var known = node.Value - 1 < (ulong)(FirstPoolFile + _names.Length);
        attributes = known ? Attributes((int)node.Value - 1) : default;
        return known;
    }

    public ValueTask<long> GetSizeAsync(NodeId file, bool readFollows, CancellationToken cancellationToken) => throw new NotSupportedException();

    public bool TryReadDirectory(NodeId directory, ulong position, ref DirectoryListing listing)
    {
        Span<byte> name = stackalloc byte[64];
        var (first, count) = Children((int)directory.Value - 1);
        for (var i = position; i < (ulong)count; i++)
        {
            var child = first + (int)i;
            if (!listing.TryAdd(Name(child, name), Attributes(child), i + 1))
            {
                break;
            }
        }

        return true;
    }

    public bool TryReadLink(NodeId link, out ReadOnlyMemory<byte> target)
    {
        target = default;
        return false;
    }

    public ReadResult TryRead(NodeId file, long offset, Span<byte> destination) =>
        ReadResult.Read(RandomAccess.Read(_handles[(int)file.Value - 1 - FirstPoolFile], destination, offset));

    public ValueTask WaitReadableAsync(NodeId file, long offset, int length, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public BackingResult TryGetBacking(NodeId file) => BackingResult.Leased(_backings[(int)file.Value - 1 - FirstPoolFile]);

    public ValueTask<IBackingFile?> OpenBackingAsync(NodeId file, CancellationToken cancellationToken) => throw new NotSupportedException();

    public TreeStatistics GetStatistics() => new(Files, 0);

    public void Mounted(IKernelCache kernel)
    {
    }

    private static int Share(int of, int parts, int part) => (int)((long)of * part / parts);

    private (int First, int Count) Children(int node)
    {
        if (node == 0)
        {
            return (FirstTop, Tops + 1);
        }

        var (first, of, parts, part) = node switch
        {
            >= FirstFile => (0, 0, 1, 0),
            >= FirstStudy => (FirstFile, Files, Studies, node - FirstStudy),
            >= FirstPatient => (FirstStudy, Studies, Patients, node - FirstPatient),
            Pool => (FirstPoolFile, _names.Length, 1, 0),
            _ => (FirstPatient, Patients, Tops, node - FirstTop),
        };
        var start = Share(of, parts, part);
        return (first + start, Share(of, parts, part + 1) - start);
    }

    private ReadOnlySpan<byte> Name(int node, Span<byte> buffer)
    {
        if (node >= FirstPoolFile)
        {
            return _names[node - FirstPoolFile];
        }

        var (prefix, number, format, suffix) = node switch
        {
            >= FirstFile => ("0a1b2c3d-4e5f6071-8293a4b5-c6d7e8f9-", node - FirstFile, "x8", ".jpg"),
            >= FirstStudy => ("s5", node - FirstStudy, "D7", ""),
            >= FirstPatient => ("p1", node - FirstPatient, "D7", ""),
            Pool => ("pool", -1, "", ""),
            _ => ("p1", node - FirstTop, "D1", ""),
        };
        var length = System.Text.Encoding.ASCII.GetBytes(prefix, buffer);
        if (number >= 0)
        {
            number.TryFormat(buffer[length..], out var digits, format, CultureInfo.InvariantCulture);
            length += digits;
        }

        return buffer[..(length + System.Text.Encoding.ASCII.GetBytes(suffix, buffer[length..]))];
    }

    private NodeAttributes Attributes(int node) => new()
    {
        Node = new NodeId((ulong)node + 1),
        Inode = (ulong)node + 1,
        Kind = node >= FirstFile ? NodeKind.File : NodeKind.Directory,
        Size = node >= FirstPoolFile ? _sizes[node - FirstPoolFile] : node >= FirstFile ? NodeAttributes.UnknownSize : 0,
        ModifiedUnixSeconds = 1_600_000_000,
        LinkCount = 2,
    };

    private sealed class Backing(SafeFileHandle handle) : IBackingFile
    {
        public SafeHandle Handle => handle;

        public void Dispose()
        {
        }
    }
}
