using System.Runtime.Intrinsics;

namespace RawSer.Kernels;

/// <summary>
/// What attention does to the scores of one query. Rows of scores lie <see cref="Stride"/> apart, a whole number of the widest registers, so
/// that no loop ends in single elements; behind the last key they hold what changes nothing: -infinity before the softmax, 0 after it.
/// </summary>
internal static unsafe class AttentionRow
{
    private const int Lanes = 16;

    /// <summary>Distance of the rows of scores for a number of keys.</summary>
    public static int Stride(int keys) => (keys + Lanes - 1) / Lanes * Lanes;

    /// <summary>Fills the end of a row of scores, from element <paramref name="first"/> on.</summary>
    public static void Pad(float* row, int first, int keys, float value) => new Span<float>(row + first, Stride(keys) - first).Fill(value);

    /// <summary>Scales the scores, adds the mask, and puts -infinity where the query may not look.</summary>
    /// <param name="row">Scores.</param>
    /// <param name="keys">Their number.</param>
    /// <param name="scale">Factor.</param>
    /// <param name="visible">Keys from here on are hidden (causal).</param>
    /// <param name="mask">Mask of the query.</param>
    public static void Mask(float* row, int keys, float scale, int visible, MaskRow mask)
    {
        Scale(row, keys, scale);
        if (mask.Allowed != null && mask.Stride == 1)
        {
            Select(row, keys, mask.Allowed, 1, float.NegativeInfinity);
        }
        else if (mask.Allowed != null)
        {
            for (int s = 0; s < keys; s++)
            {
                row[s] = mask.Allowed[s * mask.Stride] ? row[s] : float.NegativeInfinity;
            }
        }
        else if (mask.Added != null)
        {
            for (int s = 0; s < keys; s++)
            {
                row[s] += mask.Added[s * mask.Stride];
            }
        }

        Pad(row, Math.Min(visible, keys), keys, float.NegativeInfinity);
    }

    /// <summary>Softmax in place; zeros where every score is -infinity.</summary>
    public static void Softmax(float* row, int keys)
    {
        int length = Stride(keys);
        float largest = (float)RowReduce.Run<MaxReduction>(row, length);
        if (largest == float.NegativeInfinity)
        {
            new Span<float>(row, length).Clear();
            return;
        }

        float sum = RowSoftmax.SumOfExp(row, largest, row, length);
        Scale(row, keys, 1 / sum);
    }

    /// <summary>Scales what dropout keeps, and clears the rest.</summary>
    public static void Keep(float* row, int keys, bool* keep, float scale) => Select(row, keys, keep, scale, 0);

    public static void Scale(float* row, int keys, float scale)
    {
        Vector512<float> factor = Vector512.Create(scale);
        for (int s = 0; s < keys; s += Lanes)
        {
            (Vector512.Load(row + s) * factor).Store(row + s);
        }
    }

    /// <summary>Scales where the flag is set, else <paramref name="other"/>.</summary>
    private static void Select(float* row, int keys, bool* flags, float scale, float other)
    {
        Vector256<float> factor = Vector256.Create(scale), otherwise = Vector256.Create(other);
        for (int s = 0; s < keys; s += 8)
        {
            Vector128<ushort> shorts = Vector128.WidenLower(Vector128.CreateScalarUnsafe(Eight(flags + s, keys - s)).AsByte());
            (Vector128<uint> low, Vector128<uint> high) = Vector128.Widen(shorts);
            Vector256<float> off = Vector256.Equals(Vector256.Create(low, high), default).AsSingle();
            Vector256.ConditionalSelect(off, otherwise, Vector256.Load(row + s) * factor).Store(row + s);
        }
    }

    /// <summary>Eight flags, one to a byte; those behind the last are false.</summary>
    private static ulong Eight(bool* flags, int count)
    {
        if (count >= 8)
        {
            return *(ulong*)flags;
        }

        ulong eight = 0;
        for (int i = 0; i < count; i++)
        {
            eight |= (ulong)*(byte*)(flags + i) << (8 * i);
        }

        return eight;
    }
}
