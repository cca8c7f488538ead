using System.Buffers.Binary;
using System.Security.Cryptography;

namespace MimicCxr.Daemon.Catalog;

/// <summary>Turns a sorted list of paths into a <see cref="CatalogSnapshot"/>.</summary>
internal sealed class CatalogBuilder
{
    private const int Root = 0;

    private readonly PathList _files;
    private readonly List<Draft> _drafts = [];
    private int _nameBytes;

    private CatalogBuilder(PathList files) => _files = files;

    /// <summary>Builds the snapshot; sorts <paramref name="files"/> on the way.</summary>
    /// <exception cref="InvalidDataException">A path is both a file and a directory, or there is none.</exception>
    public static CatalogSnapshot Build(PathList files)
    {
        files.SortAndMerge();
        if (files.Count == 0)
        {
            throw new InvalidDataException("The list files name no file.");
        }

        var builder = new CatalogBuilder(files);
        builder.DraftNodes();
        return builder.NumberNodes();
    }

    /// <summary>Step 1: one draft a node, depth first, as the sorted paths give them.</summary>
    private void DraftNodes()
    {
        _drafts.Add(new Draft(Root, 0, 0, 0, -1));
        var open = new List<(int Draft, int End)>();
        for (var file = 0; file < _files.Count; file++)
        {
            var path = _files.Path(file);
            if (file > 0)
            {
                var previous = _files.Path(file - 1);
                if (path.Length > previous.Length && path[previous.Length] == (byte)'/' && path.StartsWith(previous))
                {
                    throw new InvalidDataException("A list file names a path both as a file and as a directory.");
                }

                var common = previous.CommonPrefixLength(path);
                while (open.Count > 0 && !(common >= open[^1].End && path[open[^1].End] == (byte)'/'))
                {
                    open.RemoveAt(open.Count - 1);
                }
            }

            var parent = open.Count == 0 ? Root : open[^1].Draft;
            var start = open.Count == 0 ? 0 : open[^1].End + 1;
            for (int length; (length = path[start..].IndexOf((byte)'/')) >= 0; start += length + 1)
            {
                parent = Add(new Draft(parent, file, start, length, -1));
                open.Add((parent, start + length));
            }

            Add(new Draft(parent, file, start, path.Length - start, file));
        }
    }

    private int Add(Draft draft)
    {
        _nameBytes += draft.Length;
        _drafts.Add(draft);
        return _drafts.Count - 1;
    }

    /// <summary>Step 2: numbers level by level, so that the children of each directory stand together.</summary>
    private CatalogSnapshot NumberNodes()
    {
        var count = _drafts.Count;
        var childCount = new int[count];
        var subdirectories = new int[count];
        for (var i = 1; i < count; i++)
        {
            childCount[_drafts[i].Parent]++;
            subdirectories[_drafts[i].Parent] += _drafts[i].File < 0 ? 1 : 0;
        }

        // Children by draft: a directory's are those between first[d] and first[d + 1], still in name order.
        var first = new int[count + 1];
        for (var i = 0; i < count; i++)
        {
            first[i + 1] = first[i] + childCount[i];
        }

        var fill = first.AsSpan(0, count).ToArray();
        var children = new int[count - 1];
        for (var i = 1; i < count; i++)
        {
            children[fill[_drafts[i].Parent]++] = i;
        }

        var arrays = NewArrays(count);
        var order = new int[count];
        var used = 1;
        var nameEnd = 0;
        for (var node = 0; node < count; node++)
        {
            var draft = _drafts[order[node]];
            arrays.NameStart[node] = nameEnd;
            _files.Path(draft.PathOf).Slice(draft.Start, draft.Length).CopyTo(arrays.Names.AsSpan(nameEnd));
            nameEnd += draft.Length;
            if (draft.File >= 0)
            {
                arrays.ChildCount[node] = -1;
                arrays.FirstChild[node] = draft.File;
                arrays.NodeOfFile[draft.File] = node;
                continue;
            }

            arrays.ChildCount[node] = childCount[order[node]];
            arrays.Subdirectories[node] = subdirectories[order[node]];
            arrays.FirstChild[node] = used;
            for (var c = first[order[node]]; c < first[order[node] + 1]; c++, used++)
            {
                order[used] = children[c];
                arrays.Parent[used] = node;
            }
        }

        arrays.NameStart[count] = nameEnd;
        return new CatalogSnapshot(arrays);
    }

    private CatalogArrays NewArrays(int nodes)
    {
        var sha256 = new byte[_files.Count * PathList.HashSize];
        var has = new bool[_files.Count];
        using var fingerprint = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> length = stackalloc byte[sizeof(int)];
        for (var file = 0; file < _files.Count; file++)
        {
            var hash = _files.Sha256(file);
            has[file] = !hash.IsEmpty;
            hash.CopyTo(sha256.AsSpan(file * PathList.HashSize));
            BinaryPrimitives.WriteInt32LittleEndian(length, _files.Path(file).Length);
            fingerprint.AppendData(length);
            fingerprint.AppendData(_files.Path(file));
            fingerprint.AppendData(hash);
        }

        return new CatalogArrays
        {
            Names = new byte[_nameBytes],
            NameStart = new int[nodes + 1],
            Parent = new int[nodes],
            FirstChild = new int[nodes],
            ChildCount = new int[nodes],
            Subdirectories = new int[nodes],
            NodeOfFile = new int[_files.Count],
            Sha256 = sha256,
            HasSha256 = has,
            Fingerprint = fingerprint.GetHashAndReset(),
        };
    }

    /// <summary>A node before it has its number. Its name stands in the path of file <c>PathOf</c>; <c>File</c> is -1 for a directory.</summary>
    private readonly record struct Draft(int Parent, int PathOf, int Start, int Length, int File);
}
