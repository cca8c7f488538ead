using System.Collections;
using System.Numerics;

namespace MimicCxr.Daemon.Catalog;

/// <summary>Some files of a catalogue: a bit an ordinal, so that all 377,110 images take 47 KB.</summary>
internal sealed class FileSet : IEnumerable<int>
{
    private readonly byte[] _bits;

    /// <summary>None of so many files.</summary>
    public FileSet(int files) => _bits = new byte[(files + 7) / 8];

    /// <summary>What <see cref="Bits"/> of another one told.</summary>
    public FileSet(byte[] bits)
    {
        _bits = bits;
        Count = bits.Sum(part => BitOperations.PopCount(part));
    }

    /// <summary>The lowest bit of the first byte is ordinal 0.</summary>
    public byte[] Bits => _bits;

    /// <summary>How many.</summary>
    public int Count { get; private set; }

    /// <summary>Adds a file; one that is in already stays.</summary>
    public void Add(int file)
    {
        var bit = (byte)(1 << (file % 8));
        if ((_bits[file / 8] & bit) == 0)
        {
            _bits[file / 8] |= bit;
            Count++;
        }
    }

    /// <summary>Whether a file is in.</summary>
    public bool Contains(int file) => (_bits[file / 8] & (1 << (file % 8))) != 0;

    /// <inheritdoc/>
    public IEnumerator<int> GetEnumerator()
    {
        for (var part = 0; part < _bits.Length; part++)
        {
            for (var bits = _bits[part]; bits != 0; bits &= (byte)(bits - 1))
            {
                yield return (part * 8) + BitOperations.TrailingZeroCount(bits);
            }
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
