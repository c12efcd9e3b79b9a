using System.Runtime.Intrinsics;

namespace RawSer.Kernels;

/// <summary>From words to numbers, one block of 64 at a time. The host backends share these: a random number has one definition.</summary>
internal static unsafe class RandomBlocks
{
    private const float Unit = 1.0f / (1 << 24);

    /// <summary>Uniform in [low, low + width).</summary>
    public static void Uniform(uint* words, float* values, float low, float width)
    {
        for (int i = 0; i < Philox.BlockWords; i++)
        {
            values[i] = low + (width * ((words[i] >> 8) * Unit));
        }
    }

    /// <summary>Normal by Box and Muller; the radius uses (0, 1], so that its logarithm is finite.</summary>
    public static void Normal(uint* words, float* values, float mean, float deviation)
    {
        for (int i = 0; i < Philox.BlockWords / 2; i++)
        {
            double radius = deviation * Math.Sqrt(-2 * Math.Log(((words[i] >> 8) + 1) * (double)Unit));
            (double sin, double cos) = Math.SinCos(2 * Math.PI * ((words[i + 32] >> 8) * (double)Unit));
            values[i] = (float)(mean + (radius * cos));
            values[i + 32] = (float)(mean + (radius * sin));
        }
    }

    /// <summary>The least word that is kept with drop probability <paramref name="p"/>.</summary>
    public static uint Threshold(double p) => (uint)Math.Min(Math.Round(p * 4294967296.0), uint.MaxValue);

    /// <summary>Keeps elements whose word reaches the threshold; the mask holds 1 or 0 per element.</summary>
    public static void Dropout(uint* words, float* x, float* y, byte* mask, uint threshold, float scale)
    {
        if (Vector512.IsHardwareAccelerated)
        {
            Vector512<uint> least = Vector512.Create(threshold);
            Vector512<float> factor = Vector512.Create(scale);
            for (int i = 0; i < Philox.BlockWords; i += 16)
            {
                Vector512<uint> kept = Vector512.GreaterThanOrEqual(Vector512.Load(words + i), least);
                (Vector512.Load(x + i) * factor & kept.AsSingle()).Store(y + i);
                Vector512<uint> ones = kept & Vector512.Create(1u);
                Vector256<ushort> halves = Vector256.Narrow(ones.GetLower(), ones.GetUpper());
                Vector128.Narrow(halves.GetLower(), halves.GetUpper()).Store(mask + i);
            }

            return;
        }

        for (int i = 0; i < Philox.BlockWords; i++)
        {
            bool kept = words[i] >= threshold;
            mask[i] = kept ? (byte)1 : (byte)0;
            y[i] = kept ? x[i] * scale : 0;
        }
    }
}
