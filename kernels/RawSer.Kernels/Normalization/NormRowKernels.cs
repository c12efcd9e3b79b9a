using RawSer.Gpu;
using RawSer.Gpu.Compiler;
using RawSer.Gpu.Dialect;

namespace RawSer.Kernels;

/// <summary>
/// Layer and group norm: a team to a row, which it reads from memory once and from its cache after. The mean first, then the sums of the
/// deviations and of their squares around it, so an offset costs no digits.
/// </summary>
/// <typeparam name="TTeam">A warp or a block.</typeparam>
/// <typeparam name="TPack">Elements of one access.</typeparam>
internal static class NormRowKernels<TTeam, TPack>
    where TTeam : struct, ILineTeam
    where TPack : struct, IFloatPack
{
    private static readonly Kernel<ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, NormRows, float> s_forward =
        Kernel.Create<ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, NormRows, float>(Normalise);

    private static readonly Kernel<ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, NormRows> s_backward =
        Kernel.Create<ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, NormRows>(Differentiate);

    public static void Forward(GpuDevice device, NormRows rows, View x, View weight, View bias, double epsilon, View y, View mean, View inverse) =>
        s_forward.Launch(
            device, Shape(rows), x.Dense<float>(), weight.Dense<float>(), bias.Dense<float>(), y.Dense<float>(), mean.Dense<float>(), inverse.Dense<float>(),
            rows, (float)epsilon);

    public static void Backward(GpuDevice device, NormRows rows, View x, View dy, View weight, View mean, View inverse, View dx) =>
        s_backward.Launch(
            device, Shape(rows), x.Dense<float>(), dy.Dense<float>(), weight.Dense<float>(), mean.Dense<float>(), inverse.Dense<float>(), dx.Dense<float>(), rows);

    private static LaunchShape Shape(NormRows rows) =>
        rows.InWarps ? DeviceLines.Shape(rows.Count, warps: true) : new LaunchShape(rows.Count, DeviceLines.BlockSize);

    [Kernel(MaxThreadsPerGroup = DeviceLines.BlockSize)]
    private static void Normalise(
        ArrayView<float> x, ArrayView<float> weight, ArrayView<float> bias, ArrayView<float> y, ArrayView<float> means, ArrayView<float> inverses, NormRows rows,
        float epsilon)
    {
        int row = TTeam.Line;
        if (row >= rows.Count)
        {
            return; // a whole team
        }

        ArrayView<float> values = LocalMemory.Allocate<float>(TPack.Width);
        ArrayView<float> scales = LocalMemory.Allocate<float>(TPack.Width);
        ArrayView<float> shifts = LocalMemory.Allocate<float>(TPack.Width);
        int start = row * rows.Length;
        float sum = 0;
        for (int i = TTeam.First * TPack.Width; i < rows.Length; i += TTeam.Size * TPack.Width)
        {
            TPack.Load(x, start + i, values, 0);
            for (int k = 0; k < TPack.Width; k++)
            {
                sum += values[k];
            }
        }

        float center = TTeam.Sum(sum) / rows.Length;
        float deviations = 0;
        float squares = 0;
        for (int i = TTeam.First * TPack.Width; i < rows.Length; i += TTeam.Size * TPack.Width)
        {
            TPack.Load(x, start + i, values, 0);
            for (int k = 0; k < TPack.Width; k++)
            {
                float deviation = values[k] - center;
                deviations += deviation;
                squares += deviation * deviation;
            }
        }

        float rest = TTeam.Sum(deviations) / rows.Length;
        float mean = center + rest;
        float variance = IntrinsicMath.Max((TTeam.Sum(squares) / rows.Length) - (rest * rest), 0);
        float inverse = 1 / MathF.Sqrt(variance + epsilon);
        if (TTeam.First == 0)
        {
            means[row] = mean;
            inverses[row] = inverse;
        }

        int first = rows.FirstParameter(row);
        for (int i = TTeam.First * TPack.Width; i < rows.Length; i += TTeam.Size * TPack.Width)
        {
            TPack.Load(x, start + i, values, 0);
            rows.Load<TPack>(weight, first, i, 1, scales);
            rows.Load<TPack>(bias, first, i, 0, shifts);
            for (int k = 0; k < TPack.Width; k++)
            {
                values[k] = ((values[k] - mean) * inverse * scales[k]) + shifts[k];
            }

            TPack.Store(y, start + i, values);
        }
    }

    /// <summary>dx = inverse * (g - mean(g) - xhat * mean(g * xhat)) with g = dy * weight</summary>
    [Kernel(MaxThreadsPerGroup = DeviceLines.BlockSize)]
    private static void Differentiate(
        ArrayView<float> x, ArrayView<float> dy, ArrayView<float> weight, ArrayView<float> means, ArrayView<float> inverses, ArrayView<float> dx, NormRows rows)
    {
        int row = TTeam.Line;
        if (row >= rows.Count)
        {
            return;
        }

        ArrayView<float> values = LocalMemory.Allocate<float>(TPack.Width);
        ArrayView<float> upstream = LocalMemory.Allocate<float>(TPack.Width);
        ArrayView<float> scales = LocalMemory.Allocate<float>(TPack.Width);
        int start = row * rows.Length;
        int first = rows.FirstParameter(row);
        float mean = means[row];
        float inverse = inverses[row];
        float sum = 0;
        float products = 0;
        for (int i = TTeam.First * TPack.Width; i < rows.Length; i += TTeam.Size * TPack.Width)
        {
            TPack.Load(x, start + i, values, 0);
            TPack.Load(dy, start + i, upstream, 0);
            rows.Load<TPack>(weight, first, i, 1, scales);
            for (int k = 0; k < TPack.Width; k++)
            {
                float gradient = upstream[k] * scales[k];
                sum += gradient;
                products += gradient * ((values[k] - mean) * inverse);
            }
        }

        sum = TTeam.Sum(sum) / rows.Length;
        products = TTeam.Sum(products) / rows.Length;
        for (int i = TTeam.First * TPack.Width; i < rows.Length; i += TTeam.Size * TPack.Width)
        {
            TPack.Load(x, start + i, values, 0);
            TPack.Load(dy, start + i, upstream, 0);
            rows.Load<TPack>(weight, first, i, 1, scales);
            for (int k = 0; k < TPack.Width; k++)
            {
                values[k] = inverse * ((upstream[k] * scales[k]) - sum - ((values[k] - mean) * inverse * products));
            }

            TPack.Store(dx, start + i, values);
        }
    }
}
