namespace MimicCxr.Daemon.Archives.Zip;

/// <summary>The checksum of zip (APPNOTE.TXT, 4.4.7), four bytes at a time.</summary>
internal static class Crc32
{
    private const uint Polynomial = 0xEDB88320;

    /// <summary>By how many bytes follow, times 256: what a byte does to the sum.</summary>
    private static readonly uint[] Table = MakeTable();

    /// <summary>The checksum of some bytes.</summary>
    public static uint Of(ReadOnlySpan<byte> bytes) => Append(0, bytes);

    /// <summary>The checksum of bytes with others behind them.</summary>
    /// <param name="before">The checksum of the first; 0 for none.</param>
    /// <param name="bytes">The others.</param>
    public static uint Append(uint before, ReadOnlySpan<byte> bytes)
    {
        var sum = ~before;
        for (; bytes.Length >= sizeof(uint); bytes = bytes[sizeof(uint)..])
        {
            sum ^= bytes[0] | ((uint)bytes[1] << 8) | ((uint)bytes[2] << 16) | ((uint)bytes[3] << 24);
            sum = Table[768 + (sum & 0xFF)] ^ Table[512 + ((sum >> 8) & 0xFF)] ^ Table[256 + ((sum >> 16) & 0xFF)] ^ Table[sum >> 24];
        }

        foreach (var value in bytes)
        {
            sum = Table[(sum ^ value) & 0xFF] ^ (sum >> 8);
        }

        return ~sum;
    }

    private static uint[] MakeTable()
    {
        var table = new uint[4 * 256];
        for (var i = 0; i < table.Length; i++)
        {
            var sum = i < 256 ? (uint)i : table[i - 256];
            for (var bit = 0; bit < 8; bit++)
            {
                sum = (sum & 1) != 0 ? (sum >> 1) ^ Polynomial : sum >> 1;
            }

            table[i] = sum;
        }

        return table;
    }
}
