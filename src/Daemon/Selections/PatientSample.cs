namespace MimicCxr.Daemon.Selections;

/// <summary>
/// Samples take whole patients, so that none falls into two subsets: each patient has a place between 0 and 1 that depends on
/// the seed and the patient's number alone. So a sample of a tenth is part of the sample of a fifth, with the same seed, and
/// whatever else is asked for.
/// </summary>
internal static class PatientSample
{
    /// <summary>A patient's place, from 0 up to all bits set, evenly spread.</summary>
    public static ulong PlaceOf(int subject, long seed) => Mix(Mix((ulong)seed) ^ (ulong)subject);

    /// <summary>The first place that a share of the patients does not reach.</summary>
    public static UInt128 EndOf(double share) => (UInt128)(share * Math.Pow(2, 64));

    /// <summary>SplitMix64's step (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, 2014).</summary>
    private static ulong Mix(ulong state)
    {
        state += 0x9E37_79B9_7F4A_7C15;
        state = (state ^ (state >> 30)) * 0xBF58_476D_1CE4_E5B9;
        state = (state ^ (state >> 27)) * 0x94D0_49BB_1331_11EB;
        return state ^ (state >> 31);
    }
}
