using System.Text;
using RawSer.Kernels;

namespace RawSer.Nn;

/// <summary>
/// The random numbers of one parameter: value <c>i</c> is a function of seed, name and <c>i</c>. Philox 4x32-10 with the seed as
/// key; the counter holds the index, the attempt and a hash of the name.
/// </summary>
internal readonly struct RandomStream(ulong seed, string name)
{
    private readonly ulong _stream = Hash(name);

    /// <summary>A number in (0, 1) with 53 random bits.</summary>
    public double Uniform(int index)
    {
        (uint a, uint b, _, _) = Draw(index, 0);
        return OpenUnit(a, b);
    }

    /// <summary>A standard normal number (Box and Muller 1958).</summary>
    public double Normal(int index, int attempt)
    {
        (uint a, uint b, uint c, uint d) = Draw(index, attempt);
        return Math.Sqrt(-2 * Math.Log(OpenUnit(a, b))) * Math.Cos(2 * Math.PI * OpenUnit(c, d));
    }

    private (uint, uint, uint, uint) Draw(int index, int attempt) => Philox.Words(seed, ((ulong)(uint)attempt << 32) | (uint)index, _stream);

    private static double OpenUnit(uint high, uint low) => ((((ulong)high << 21) | (low >> 11)) + 0.5) * (1.0 / (1UL << 53));

    /// <summary>FNV-1a.</summary>
    private static ulong Hash(string text)
    {
        ulong hash = 0xCBF29CE484222325;
        foreach (byte b in Encoding.UTF8.GetBytes(text))
        {
            hash = (hash ^ b) * 0x100000001B3;
        }

        return hash;
    }
}
