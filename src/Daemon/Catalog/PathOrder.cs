namespace MimicCxr.Daemon.Catalog;

/// <summary>
/// Orders paths so that everything below a directory stands together and siblings stand in the order of their names'
/// bytes: '/' counts as lower than any other byte. (Plain byte order puts <c>s1.txt</c> between <c>s1</c> and <c>s1/x</c>.)
/// </summary>
internal static class PathOrder
{
    /// <summary>Less than, equal to or greater than 0 as <paramref name="a"/> comes before, with or after <paramref name="b"/>.</summary>
    public static int Compare(ReadOnlySpan<byte> a, ReadOnlySpan<byte> b)
    {
        var common = a.CommonPrefixLength(b);
        if (common == a.Length || common == b.Length)
        {
            return a.Length.CompareTo(b.Length);
        }

        return Weight(a[common]).CompareTo(Weight(b[common]));
    }

    private static int Weight(byte value) => value == (byte)'/' ? 0 : value;
}
