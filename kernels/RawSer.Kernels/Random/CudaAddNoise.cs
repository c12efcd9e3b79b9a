using RawSer.Gpu;
using RawSer.Gpu.Compiler;
using RawSer.Gpu.Dialect;

namespace RawSer.Kernels;

/// <content>Sums of squares by the two-stage reductions, then one pass, whose blocks stay within a row.</content>
public sealed partial class CudaBackend
{
    /// <inheritdoc/>
    public override void AddNoise(View x, View noise, View ratios, View y)
    {
        if (y.Count == 0)
        {
            return;
        }

        int rows = y.Shape[0], samples = y.Shape[1];
        using Scratch scratch = new(Memory, 2L * rows * sizeof(float));
        View power = scratch.Dense([rows, 1]), noisePower = power.With(LayoutTable.RowMajor([rows, 1], rows));
        Reduce(ReduceOp.SumOfSquares, x, power);
        Reduce(ReduceOp.SumOfSquares, noise, noisePower);
        _ = y.IntCount();
        bool quads = samples % 4 == 0 && x.IsAligned16() && noise.IsAligned16() && y.IsAligned16();
        int threads = quads ? samples / 4 : samples, blocks = (threads + DeviceLines.BlockSize - 1) / DeviceLines.BlockSize;
        (quads ? NoiseKernels.AddQuads : NoiseKernels.Add).Launch(
            Gpu, new(blocks * rows, DeviceLines.BlockSize), x.Dense<float>(), noise.Dense<float>(), y.Dense<float>(), power.Whole<float>(), ratios.Dense<float>(),
            new DeviceDivisor(blocks), threads);
    }
}

/// <summary>x + gain n. The sums of squares of all rows of x come first, then those of the noise.</summary>
internal static class NoiseKernels
{
    public static readonly Kernel<ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, DeviceDivisor, int> Add =
        Kernel.Create<ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, DeviceDivisor, int>(AddSamples);

    /// <summary>Four samples to a thread.</summary>
    public static readonly Kernel<ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, DeviceDivisor, int> AddQuads =
        Kernel.Create<ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, ArrayView<float>, DeviceDivisor, int>(AddQuadsOfSamples);

    [Kernel(MaxThreadsPerGroup = DeviceLines.BlockSize)]
    private static void AddSamples(
        ArrayView<float> x, ArrayView<float> noise, ArrayView<float> y, ArrayView<float> powers, ArrayView<float> ratios, DeviceDivisor blocks, int samples)
    {
        int row = blocks.Divide(Grid.IdxX, out int block), i = (block * DeviceLines.BlockSize) + Group.IdxX;
        if (i < samples)
        {
            int at = (row * samples) + i;
            y[at] = x[at] + (Gain(powers, ratios, row) * noise[at]);
        }
    }

    [Kernel(MaxThreadsPerGroup = DeviceLines.BlockSize)]
    private static void AddQuadsOfSamples(
        ArrayView<float> x, ArrayView<float> noise, ArrayView<float> y, ArrayView<float> powers, ArrayView<float> ratios, DeviceDivisor blocks, int quads)
    {
        int row = blocks.Divide(Grid.IdxX, out int block), i = (block * DeviceLines.BlockSize) + Group.IdxX;
        if (i < quads)
        {
            int at = (row * quads) + i;
            float gain = Gain(powers, ratios, row);
            Float4 a = x.AsAligned16().Cast<Float4>()[at], b = noise.AsAligned16().Cast<Float4>()[at];
            y.AsAligned16().Cast<Float4>()[at] = new(a.X + (gain * b.X), a.Y + (gain * b.Y), a.Z + (gain * b.Z), a.W + (gain * b.W));
        }
    }

    /// <summary>10^(-snr / 20) sqrt(Px / Pn), or 0 for silent noise.</summary>
    private static float Gain(ArrayView<float> powers, ArrayView<float> ratios, int row)
    {
        const float HalfLog2Of10Tenth = 0.16609640474436813f;
        float noise = powers[ratios.IntLength + row];
        return noise > 0 ? MathF.Sqrt(powers[row] / noise) * MathX.Exp2(-HalfLog2Of10Tenth * ratios[row]) : 0;
    }
}
