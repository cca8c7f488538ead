using System.Buffers.Binary;

namespace MimicCxr.Sandbox.Patients;

/// <summary>
/// SplitMix64: numbers that depend on nothing but the seed, so that a data set is the same on every machine and
/// runtime (the algorithm of <see cref="Random"/> is not promised to stay).
/// </summary>
internal sealed class SeededRandom(ulong seed)
{
    private ulong _state = seed;

    /// <summary>A generator of its own for one thing, independent of how many numbers others have drawn.</summary>
    public static SeededRandom For(ulong seed, ulong stream, ulong index) =>
        new(Mix(Mix(seed + 0x9E3779B97F4A7C15) ^ Mix((stream * 0xD1B54A32D192ED03) + index)));

    /// <summary>64 random bits.</summary>
    public ulong NextBits() => Mix(_state += 0x9E3779B97F4A7C15);

    /// <summary>At least 0, less than 1.</summary>
    public double NextDouble() => (NextBits() >> 11) * (1.0 / (1UL << 53));

    /// <summary>At least 0, less than <paramref name="limit"/>.</summary>
    public int Next(int limit) => (int)(NextDouble() * limit);

    /// <summary>True with the given probability.</summary>
    public bool Chance(double probability) => NextDouble() < probability;

    /// <summary>One of the choices.</summary>
    public T Pick<T>(ReadOnlySpan<T> choices) => choices[Next(choices.Length)];

    /// <summary>Fills with random bytes.</summary>
    public void Fill(Span<byte> destination)
    {
        Span<byte> bits = stackalloc byte[8];
        while (!destination.IsEmpty)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(bits, NextBits());
            var count = Math.Min(8, destination.Length);
            bits[..count].CopyTo(destination);
            destination = destination[count..];
        }
    }

    private static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
