using System.Text;

namespace MimicCxr.Daemon.Tables;

/// <summary>A column with few different values: a byte an image, and the values' names. Code 0 is the empty value.</summary>
internal sealed class Category
{
    private const int MostNames = 256;

    private readonly List<string> _names = [""];

    /// <summary>A column that is empty everywhere.</summary>
    public Category(int images) => Codes = new byte[images];

    /// <summary>By image.</summary>
    public byte[] Codes { get; }

    /// <summary>By code, in the order in which the table first had them.</summary>
    public IReadOnlyList<string> Names => _names;

    /// <summary>The value of an image; empty where the table has none.</summary>
    public string this[int image] => _names[Codes[image]];

    /// <summary>Takes over the names of codes that were kept.</summary>
    /// <param name="names">By code; the first one is empty.</param>
    public void SetNames(IEnumerable<string> names)
    {
        _names.Clear();
        _names.AddRange(names);
    }

    /// <summary>Sets the value of an image.</summary>
    /// <returns>False where the column would have more different values than such a column can have.</returns>
    public bool TrySet(int image, ReadOnlySpan<byte> value)
    {
        for (var code = 0; code < _names.Count; code++)
        {
            if (IsSame(_names[code], value))
            {
                Codes[image] = (byte)code;
                return true;
            }
        }

        if (_names.Count == MostNames)
        {
            return false;
        }

        Codes[image] = (byte)_names.Count;
        _names.Add(Encoding.UTF8.GetString(value));
        return true;
    }

    /// <summary>Values are ASCII in the published tables; any other is compared as what it was decoded to.</summary>
    private static bool IsSame(string name, ReadOnlySpan<byte> value) =>
        Ascii.IsValid(value) ? Ascii.Equals(value, name) : name == Encoding.UTF8.GetString(value);
}
