using System.Runtime.InteropServices;
using System.Text;

namespace RawSer.Weights.Synthesis;

/// <summary>
/// Deterministic values for tests, benchmarks and demonstrations where published weights are not at hand. Element i of a tensor is
/// <c>(float)(base + scale u)</c>, u in [-1, 1) being the upper 24 bits of output i of splitmix64 (Steele, Lea and Flood, 2014), seeded with the FNV-1a hash of
/// <c>"SEED:NAME"</c>. The values depend on nothing else: no order, no thread count, no platform.
/// </summary>
/// <param name="Name">Full name, which is part of the seed.</param>
/// <param name="Extents">Shape, outermost first.</param>
/// <param name="Base">Centre of the values.</param>
/// <param name="Scale">Half of their range.</param>
public sealed record ProceduralTensor(string Name, IReadOnlyList<long> Extents, double Base, double Scale)
{
    private const ulong Gamma = 0x9E3779B97F4A7C15;
    private const int ChunkElements = 1 << 16;

    /// <summary>Number of elements.</summary>
    public long Count => Extents.Aggregate(1L, (product, extent) => product * extent);

    /// <summary>Elements <paramref name="first"/>, first + 1, … until <paramref name="destination"/> is full.</summary>
    public void Fill(int seed, long first, Span<float> destination)
    {
        ulong state = Hash($"{seed}:{Name}") + (ulong)first * Gamma;
        for (int i = 0; i < destination.Length; i++)
        {
            state += Gamma;
            destination[i] = (float)(Base + Scale * Uniform(state));
        }
    }

    /// <summary>All elements as bytes of F32.</summary>
    public void Write(int seed, Stream stream)
    {
        float[] chunk = new float[(int)Math.Min(Count, ChunkElements)];
        for (long done = 0; done < Count; done += chunk.Length)
        {
            Span<float> part = chunk.AsSpan(0, (int)Math.Min(chunk.Length, Count - done));
            Fill(seed, done, part);
            stream.Write(MemoryMarshal.AsBytes(part));
        }
    }

    /// <summary>FNV-1a, 64 bits (Fowler, Noll and Vo), of the UTF-8 bytes.</summary>
    public static ulong Hash(string text)
    {
        ulong hash = 0xCBF29CE484222325;
        foreach (byte value in Encoding.UTF8.GetBytes(text))
        {
            hash = (hash ^ value) * 0x100000001B3;
        }

        return hash;
    }

    private static double Uniform(ulong z)
    {
        z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9;
        z = (z ^ z >> 27) * 0x94D049BB133111EB;
        z ^= z >> 31;
        return (z >> 40) * (1.0 / (1 << 23)) - 1;
    }
}
