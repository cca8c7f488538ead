using MimicCxr.Daemon.Catalog;

namespace MimicCxr.Daemon.Tables;

/// <summary>
/// Images by the names of their files, which are unique in the published data sets; of several with the same name the first in path
/// order is meant. A hash table in two plain arrays, 4 MB for all of MIMIC-CXR. Looking up allocates nothing.
/// </summary>
internal sealed class ImageNames
{
    private const int None = -1;

    private readonly ImageTable _images;
    private readonly int[] _first; // by bucket: an image
    private readonly int[] _next; // by image: the next one of its bucket
    private readonly FileSet? _repeated; // images whose name an earlier one has

    public ImageNames(ImageTable images)
    {
        _images = images;
        _first = new int[images.Count + 1];
        _next = new int[images.Count];
        Array.Fill(_first, None);
        for (var image = 0; image < images.Count; image++)
        {
            if (TryFind(images.FileName(image), out _))
            {
                _repeated ??= new FileSet(images.Count);
                _repeated.Add(image);
                continue;
            }

            ref var bucket = ref Bucket(images.FileName(image));
            (_next[image], bucket) = (bucket, image);
        }
    }

    /// <summary>Finds the image of a name.</summary>
    public bool TryFind(ReadOnlySpan<byte> name, out int image)
    {
        for (image = Bucket(name); image != None; image = _next[image])
        {
            if (name.SequenceEqual(_images.FileName(image)))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether <see cref="TryFind"/> gives this image for its name.</summary>
    public bool IsFirst(int image) => _repeated?.Contains(image) != true;

    private ref int Bucket(ReadOnlySpan<byte> name)
    {
        var hash = default(HashCode);
        hash.AddBytes(name);
        return ref _first[(uint)hash.ToHashCode() % (uint)_first.Length];
    }
}
