using MimicCxr.Sandbox.Patients;

namespace MimicCxr.Sandbox.Pictures;

/// <summary>Sizes that pictures aim at.</summary>
internal static class PictureSize
{
    /// <summary>The largest file is this many times the average.</summary>
    public const double Largest = 1 + Spread;

    /// <summary>The smallest file is this many times the average.</summary>
    public const double Smallest = 1 - Spread;

    private const double Spread = 0.1;

    /// <summary>Bytes of one picture's file: sizes differ, as in the real data set, around the average.</summary>
    public static int For(ImageRecord image, int averageBytes) =>
        (int)(averageBytes * (Smallest + (2 * Spread * new SeededRandom(image.Seed ^ 0x51).NextDouble())));
}
