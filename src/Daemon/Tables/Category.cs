using System.Text;

namespace MimicCxr.Daemon.Tables;

/// <summary>A column with few different values: a byte an image, and the values' names. Code 0 is the empty value.</summary>
internal sealed class Category(byte[] codes, List<string> names)
{
    private const int MostNames = 256;

    /// <summary>A column that is empty everywhere.</summary>
    public Category(int images)
        : this(new byte[images], [""])
    {
    }

    /// <summary>By image.</summary>
    public byte[] Codes => codes;

    /// <summary>By code, in the order in which the table first had them.</summary>
    public IReadOnlyList<string> Names => names;

    /// <summary>The value of an image; empty where the table has none.</summary>
    public string this[int image] => names[codes[image]];

    /// <summary>Sets the value of an image.</summary>
    /// <returns>False where the column would have more different values than such a column can have.</returns>
    public bool TrySet(int image, ReadOnlySpan<byte> value)
    {
        for (var code = 0; code < names.Count; code++)
        {
            if (IsSame(names[code], value))
            {
                codes[image] = (byte)code;
                return true;
            }
        }

        if (names.Count == MostNames)
        {
            return false;
        }

        codes[image] = (byte)names.Count;
        names.Add(Encoding.UTF8.GetString(value));
        return true;
    }

    private static bool IsSame(string name, ReadOnlySpan<byte> value)
    {
        // Values are ASCII in the published tables; any other is compared as what it was decoded to.
        return System.Text.Ascii.IsValid(value) ? Ascii.Equals(value, name) : name == Encoding.UTF8.GetString(value);
    }
}
