using System.Runtime.Intrinsics;

namespace RawSer.Kernels;

/// <summary>What attention does to the scores of one query.</summary>
internal static unsafe class AttentionRow
{
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

        if (visible < keys)
        {
            new Span<float>(row + visible, keys - visible).Fill(float.NegativeInfinity);
        }
    }

    /// <summary>Softmax in place; zeros where every score is -infinity.</summary>
    public static void Softmax(float* row, int keys)
    {
        float largest = (float)RowReduce.Run<MaxReduction>(row, keys);
        if (largest == float.NegativeInfinity)
        {
            new Span<float>(row, keys).Clear();
            return;
        }

        float sum = RowSoftmax.SumOfExp(row, largest, row, keys);
        Scale(row, keys, 1 / sum);
    }

    /// <summary>Scales what dropout keeps, and clears the rest.</summary>
    public static void Keep(float* row, int keys, bool* keep, float scale) => Select(row, keys, keep, scale, 0);

    /// <summary>Scales where the flag is set, else <paramref name="other"/>.</summary>
    private static void Select(float* row, int keys, bool* flags, float scale, float other)
    {
        Vector256<float> factor = Vector256.Create(scale), otherwise = Vector256.Create(other);
        int s = 0;
        for (; s <= keys - 8; s += 8)
        {
            Vector128<ushort> shorts = Vector128.WidenLower(Vector128.CreateScalarUnsafe(*(ulong*)(flags + s)).AsByte());
            (Vector128<uint> low, Vector128<uint> high) = Vector128.Widen(shorts);
            Vector256<float> off = Vector256.Equals(Vector256.Create(low, high), default).AsSingle();
            Vector256.ConditionalSelect(off, otherwise, Vector256.Load(row + s) * factor).Store(row + s);
        }

        for (; s < keys; s++)
        {
            row[s] = flags[s] ? row[s] * scale : other;
        }
    }

    public static void Scale(float* row, int keys, float scale)
    {
        Vector256<float> factor = Vector256.Create(scale);
        int s = 0;
        for (; s <= keys - 8; s += 8)
        {
            (Vector256.Load(row + s) * factor).Store(row + s);
        }

        for (; s < keys; s++)
        {
            row[s] *= scale;
        }
    }
}
