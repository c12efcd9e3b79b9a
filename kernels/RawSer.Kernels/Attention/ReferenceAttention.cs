using System.Numerics;

namespace RawSer.Kernels;

public sealed unsafe partial class ReferenceBackend
{
    /// <inheritdoc/>
    public override void Attention(View q, View k, View v, View mask, View keep, AttentionSettings settings, View y, View weights)
    {
        if (q.DType == DType.F64)
        {
            Attention<double>(q, k, v, mask, keep, settings, y, weights);
        }
        else
        {
            Attention<float>(q, k, v, mask, keep, settings, y, weights);
        }
    }

    /// <inheritdoc/>
    public override void AttentionBackward(
        View q, View k, View v, View mask, View weights, View keep, AttentionSettings settings, View dy, View dq, View dk, View dv, View dmask)
    {
        if (q.DType == DType.F64)
        {
            AttentionBackward<double>(q, k, v, weights, keep, settings, dy, dq, dk, dv, dmask);
        }
        else
        {
            AttentionBackward<float>(q, k, v, weights, keep, settings, dy, dq, dk, dv, dmask);
        }
    }

    private static void Attention<T>(View q, View k, View v, View mask, View keep, AttentionSettings settings, View y, View weights)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int keys = k.Shape[2], size = q.Shape[3], outputs = v.Shape[3];
        T[] row = new T[keys];
        foreach ((int b, int h, int t) in Queries(q.Shape))
        {
            T largest = T.NegativeInfinity, sum = T.Zero;
            for (int s = 0; s < keys; s++)
            {
                T score = T.Zero;
                for (int d = 0; d < size; d++)
                {
                    score += At<T>(q, b, h, t, d) * At<T>(k, b, h, s, d);
                }

                row[s] = MayLook(mask, settings, b, h, t, s) ? (score * T.CreateChecked(settings.Scale)) + Added<T>(mask, b, h, t, s) : T.NegativeInfinity;
                largest = T.Max(largest, row[s]);
            }

            for (int s = 0; s < keys; s++)
            {
                row[s] = largest == T.NegativeInfinity ? T.Zero : T.Exp(row[s] - largest);
                sum += row[s];
            }

            for (int s = 0; s < keys; s++)
            {
                row[s] = sum == T.Zero ? T.Zero : row[s] / sum;
                if (weights.Exists)
                {
                    At<T>(weights, b, h, t, s) = row[s];
                }
            }

            for (int e = 0; e < outputs; e++)
            {
                T total = T.Zero;
                for (int s = 0; s < keys; s++)
                {
                    total += row[s] * Kept<T>(keep, settings, b, h, t, s) * At<T>(v, b, h, s, e);
                }

                At<T>(y, b, h, t, e) = total;
            }
        }
    }

    private static void AttentionBackward<T>(
        View q, View k, View v, View weights, View keep, AttentionSettings settings, View dy, View dq, View dk, View dv, View dmask)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int keys = k.Shape[2], size = q.Shape[3], outputs = v.Shape[3];
        T[] row = new T[keys];
        Zero<T>(dq);
        Zero<T>(dk);
        Zero<T>(dv);
        foreach ((int b, int h, int t) in Queries(q.Shape))
        {
            T mean = T.Zero;
            for (int s = 0; s < keys; s++)
            {
                T weight = At<T>(weights, b, h, t, s), kept = Kept<T>(keep, settings, b, h, t, s), gradient = T.Zero;
                for (int e = 0; e < outputs; e++)
                {
                    gradient += At<T>(dy, b, h, t, e) * At<T>(v, b, h, s, e);
                    At<T>(dv, b, h, s, e) += weight * kept * At<T>(dy, b, h, t, e);
                }

                row[s] = gradient * kept; // of the softmax
                mean += weight * row[s];
            }

            for (int s = 0; s < keys; s++)
            {
                T gradient = At<T>(weights, b, h, t, s) * (row[s] - mean); // of the score
                if (dmask.Exists)
                {
                    At<T>(dmask, b, h, t, s) = gradient;
                }

                for (int d = 0; d < size; d++)
                {
                    At<T>(dq, b, h, t, d) += T.CreateChecked(settings.Scale) * gradient * At<T>(k, b, h, s, d);
                    At<T>(dk, b, h, s, d) += T.CreateChecked(settings.Scale) * gradient * At<T>(q, b, h, t, d);
                }
            }
        }
    }

    private static IEnumerable<(int B, int H, int T)> Queries(Shape q)
    {
        for (int b = 0; b < q[0]; b++)
        {
            for (int h = 0; h < q[1]; h++)
            {
                for (int t = 0; t < q[2]; t++)
                {
                    yield return (b, h, t);
                }
            }
        }
    }

    private static bool MayLook(View mask, AttentionSettings settings, int b, int h, int t, int s) =>
        !(settings.Causal && s > t) && (!mask.Exists || mask.DType != DType.Bool || At<bool>(mask, b, h, t, s));

    private static T Added<T>(View mask, int b, int h, int t, int s) where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        mask.Exists && mask.DType != DType.Bool ? At<T>(mask, b, h, t, s) : T.Zero;

    private static T Kept<T>(View keep, AttentionSettings settings, int b, int h, int t, int s) where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        !keep.Exists ? T.One : At<bool>(keep, b, h, t, s) ? T.CreateChecked(settings.KeepScale) : T.Zero;

    private static ref T At<T>(View view, int i0, int i1, int i2, int i3) where T : unmanaged =>
        ref view.Pointer<T>()[(i0 * view.Strides[0]) + (i1 * view.Strides[1]) + (i2 * view.Strides[2]) + (i3 * view.Strides[3])];

    private static void Zero<T>(View view) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (long i = 0; i < view.Count; i++)
        {
            view.Pointer<T>()[ElementOffset(view, i)] = T.Zero;
        }
    }
}
