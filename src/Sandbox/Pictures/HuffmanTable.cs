namespace MimicCxr.Sandbox.Pictures;

/// <summary>A Huffman table of JPEG: the two typical luminance tables of ITU-T T.81, Annex K.3.</summary>
internal sealed class HuffmanTable
{
    private readonly uint[] _codes = new uint[256];
    private readonly byte[] _lengths = new byte[256];

    private HuffmanTable(byte[] counts, byte[] symbols)
    {
        (Counts, Symbols) = (counts, symbols);
        // Codes of one length count up, and go on one bit longer (T.81, C.2).
        uint code = 0;
        var next = 0;
        for (var length = 1; length <= 16; length++, code <<= 1)
        {
            for (var i = 0; i < counts[length - 1]; i++, next++, code++)
            {
                (_codes[symbols[next]], _lengths[symbols[next]]) = (code, (byte)length);
            }
        }
    }

    /// <summary>Table K.3: differences of DC coefficients.</summary>
    public static HuffmanTable LuminanceDc { get; } = new(
        [0, 1, 5, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0],
        [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);

    /// <summary>Table K.5: AC coefficients.</summary>
    public static HuffmanTable LuminanceAc { get; } = new(
        [0, 2, 1, 3, 3, 2, 4, 3, 5, 5, 4, 4, 0, 0, 1, 0x7D],
        Convert.FromHexString(
            "0102030004110512213141061351610722711432" +
            "8191A1082342B1C11552D1F02433627282090A16" +
            "1718191A25262728292A3435363738393A434445" +
            "464748494A535455565758595A63646566676869" +
            "6A737475767778797A838485868788898A929394" +
            "95969798999AA2A3A4A5A6A7A8A9AAB2B3B4B5B6" +
            "B7B8B9BAC2C3C4C5C6C7C8C9CAD2D3D4D5D6D7D8" +
            "D9DAE1E2E3E4E5E6E7E8E9EAF1F2F3F4F5F6F7F8F9FA"));

    /// <summary>Number of codes of each length from 1 to 16.</summary>
    public byte[] Counts { get; }

    /// <summary>Symbols in the order of their codes.</summary>
    public byte[] Symbols { get; }

    /// <summary>Writes the code of a symbol.</summary>
    public void Write(ref BitWriter bits, int symbol) => bits.Write(_codes[symbol], _lengths[symbol]);
}
