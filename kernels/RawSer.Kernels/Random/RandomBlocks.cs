using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace RawSer.Kernels;

/// <summary>From words to numbers, one block of 64 at a time. The host backends share these: a random number has one definition.</summary>
internal static unsafe class RandomBlocks
{
    private const float Unit = 1.0f / (1 << 24);

    /// <summary>low + width u, u the upper 24 bits of the word over 2^24.</summary>
    public static void Uniform(uint* words, float* values, float low, float width)
    {
        if (Vector512.IsHardwareAccelerated)
        {
            Uniform<Simd512>(words, values, low, width);
        }
        else if (Vector256.IsHardwareAccelerated)
        {
            Uniform<Simd256>(words, values, low, width);
        }
        else
        {
            Uniform<Simd1>(words, values, low, width);
        }
    }

    /// <summary>Normal by Box and Muller; the radius uses (0, 1], so that its logarithm is finite: at most 5.8 deviations.</summary>
    public static void Normal(uint* words, float* values, float mean, float deviation)
    {
        if (Vector512.IsHardwareAccelerated)
        {
            Normal<Simd512>(words, values, mean, deviation);
        }
        else if (Vector256.IsHardwareAccelerated)
        {
            Normal<Simd256>(words, values, mean, deviation);
        }
        else
        {
            Normal<Simd1>(words, values, mean, deviation);
        }
    }

    private static void Uniform<V>(uint* words, float* values, float low, float width) where V : unmanaged, ISimd<V>
    {
        for (int i = 0; i < Philox.BlockWords; i += V.Count)
        {
            Uniform(V.Load((float*)words + i), low, width).Store(values + i);
        }
    }

    private static void Normal<V>(uint* words, float* values, float mean, float deviation) where V : unmanaged, ISimd<V>
    {
        const int Half = Philox.BlockWords / 2;
        for (int i = 0; i < Half; i += V.Count)
        {
            Normal(V.Load((float*)words + i), V.Load((float*)words + Half + i), mean, deviation, out V first, out V second);
            first.Store(values + i);
            second.Store(values + Half + i);
        }
    }

    /// <summary>The number of a word.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Uniform<V>(V word, float low, float width) where V : unmanaged, ISimd<V> =>
        V.Create(low) + (V.Create(width) * (Upper24(word) * V.Create(Unit)));

    /// <summary>The two numbers of two words.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Normal<V>(V radiusWord, V angleWord, float mean, float deviation, out V first, out V second) where V : unmanaged, ISimd<V>
    {
        V u = (Upper24(radiusWord) + V.Create(1)) * V.Create(Unit);
        V radius = V.Create(deviation) * V.Sqrt(V.Create(-2) * MathX.Log(u));
        MathX.SinCosPi(Upper24(angleWord) * V.Create(2 * Unit), out V sin, out V cos);
        first = V.Fma(radius, cos, V.Create(mean));
        second = V.Fma(radius, sin, V.Create(mean));
    }

    /// <summary>The upper 24 bits of a word as a number.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Upper24<V>(V word) where V : unmanaged, ISimd<V> => V.ToFloat(V.ShiftRight(word, 8) & V.Bits(0x00FFFFFF));

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
                StoreFlags(kept, mask + i);
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

    /// <summary>1 where a word reaches the threshold, else 0.</summary>
    public static void DropoutMask(uint* words, byte* mask, uint threshold)
    {
        if (Vector512.IsHardwareAccelerated)
        {
            Vector512<uint> least = Vector512.Create(threshold);
            for (int i = 0; i < Philox.BlockWords; i += 16)
            {
                StoreFlags(Vector512.GreaterThanOrEqual(Vector512.Load(words + i), least), mask + i);
            }

            return;
        }

        for (int i = 0; i < Philox.BlockWords; i++)
        {
            mask[i] = words[i] >= threshold ? (byte)1 : (byte)0;
        }
    }

    /// <summary>Lanes of all ones or zeros as bytes 1 or 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreFlags(Vector512<uint> lanes, byte* flags)
    {
        Vector512<uint> ones = lanes & Vector512.Create(1u);
        Vector256<ushort> halves = Vector256.Narrow(ones.GetLower(), ones.GetUpper());
        Vector128.Narrow(halves.GetLower(), halves.GetUpper()).Store(flags);
    }
}
