using RawSer.Gpu;
using RawSer.Gpu.Compiler;
using RawSer.Gpu.Dialect;

namespace RawSer.Kernels;

public sealed partial class CudaBackend
{
    private static readonly Kernel<ArrayView<float>, ArrayView<float>, ArrayView<long>, DeviceWalk, ArgLine> s_argReduce =
        Kernel.Create<ArrayView<float>, ArrayView<float>, ArrayView<long>, DeviceWalk, ArgLine>(ArgReduceLines);

    private static readonly Kernel<ArrayView<float>, ArrayView<float>, DeviceWalk, ScanLine> s_scan =
        Kernel.Create<ArrayView<float>, ArrayView<float>, DeviceWalk, ScanLine>(CumulativeSumLines<Alone>);

    private static readonly Kernel<ArrayView<float>, ArrayView<float>, DeviceWalk, ScanLine> s_scanRows =
        Kernel.Create<ArrayView<float>, ArrayView<float>, DeviceWalk, ScanLine>(CumulativeSumLines<InWarp>);

    /// <inheritdoc/>
    public override void Reduce(ReduceOp op, View x, View y)
    {
        switch (op)
        {
            case ReduceOp.Sum: ReduceKernels<SumReduction, SumReduction>.Run(this, x, y, 1); break;
            case ReduceOp.Mean: ReduceKernels<SumReduction, SumReduction>.Run(this, x, y, 1.0 / (x.Count / Math.Max(1, y.Count))); break;
            case ReduceOp.SumOfSquares: ReduceKernels<SumOfSquaresReduction, SumReduction>.Run(this, x, y, 1); break;
            case ReduceOp.SumOfAbs: ReduceKernels<SumOfAbsReduction, SumReduction>.Run(this, x, y, 1); break;
            case ReduceOp.Max: ReduceKernels<MaxReduction, MaxReduction>.Run(this, x, y, 1); break;
            case ReduceOp.Min: ReduceKernels<MinReduction, MinReduction>.Run(this, x, y, 1); break;
            default: throw new ArgumentOutOfRangeException(nameof(op), op, "unknown reduction");
        }
    }

    /// <inheritdoc/>
    public override void ArgReduce(ReduceOp op, View x, int dim, View values, View indices)
    {
        if (indices.Count == 0)
        {
            return;
        }

        View found = values.Exists ? DeviceLines.Starts(values, dim) : DeviceLines.Starts(indices, dim);
        DeviceWalk walk = new(DeviceLines.Starts(x, dim), found, DeviceLines.Starts(indices, dim));
        ArgLine line = new(x.Shape[dim], (int)x.Strides[dim], op == ReduceOp.Max ? 1 : -1, values.Exists ? 1 : 0);
        s_argReduce.Launch(Gpu, DeviceLines.Shape(walk.Count, warps: true), x.Whole<float>(), values.Whole<float>(), indices.Whole<long>(), walk, line);
    }

    /// <inheritdoc/>
    public override void CumulativeSum(View x, View y, int dim, bool reverse = false)
    {
        if (y.Count == 0)
        {
            return;
        }

        int extent = x.Shape[dim], step = reverse ? -1 : 1, start = reverse ? extent - 1 : 0;
        View first = x.With(LayoutTable.Select(x.Layout, dim, start)), firstY = y.With(LayoutTable.Select(y.Layout, dim, start));
        DeviceWalk walk = new(first, firstY);
        bool rows = y.Strides[dim] == 1;
        (rows ? s_scanRows : s_scan).Launch(
            Gpu, DeviceLines.Shape(walk.Count, rows), x.Whole<float>(), y.Whole<float>(), walk,
            new(extent, (int)x.Strides[dim] * step, (int)y.Strides[dim] * step));
    }

    /// <summary>A warp to a line: each lane keeps the best of its elements, the first of equals, and the lanes meet in pairs.</summary>
    [Kernel(MaxThreadsPerGroup = DeviceLines.BlockSize)]
    private static void ArgReduceLines(ArrayView<float> x, ArrayView<float> values, ArrayView<long> indices, DeviceWalk walk, ArgLine line)
    {
        int number = InWarp.Line;
        if (number >= walk.Count)
        {
            return;
        }

        walk.Locate(number, out int ix, out int ivalue, out int iindex, out _);
        int best = -1;
        float found = 0;
        for (int i = Warp.LaneIdx; i < line.Extent; i += 32)
        {
            float value = x[ix + (i * line.Stride)];
            if (best < 0 || Beats(value, found, line.Sign))
            {
                (best, found) = (i, value);
            }
        }

        for (int offset = 16; offset > 0; offset /= 2)
        {
            int otherBest = Warp.ShuffleXor(best, offset);
            float other = Warp.ShuffleXor(found, offset);
            bool same = !Beats(found, other, line.Sign) && !Beats(other, found, line.Sign);
            if (otherBest >= 0 && (best < 0 || Beats(other, found, line.Sign) || (same && otherBest < best)))
            {
                (best, found) = (otherBest, other);
            }
        }

        if (Warp.IsFirstLane)
        {
            indices[iindex] = best;
            if (line.WithValues != 0)
            {
                values[ivalue] = found;
            }
        }
    }

    /// <summary>Whether a is strictly better: NaN beats every number, then the order of numbers decides.</summary>
    private static bool Beats(float a, float b, int sign) => float.IsNaN(a) ? !float.IsNaN(b) : !float.IsNaN(b) && (sign > 0 ? a > b : a < b);

    /// <summary>A team takes as many elements at a time as it has threads: a scan inside the team, and what came before added.</summary>
    [Kernel(MaxThreadsPerGroup = DeviceLines.BlockSize)]
    private static void CumulativeSumLines<TTeam>(ArrayView<float> x, ArrayView<float> y, DeviceWalk walk, ScanLine line) where TTeam : struct, ILineTeam
    {
        int number = TTeam.Line;
        if (number >= walk.Count)
        {
            return;
        }

        walk.Locate(number, out int ix, out int iy, out _, out _);
        float before = 0;
        for (int start = 0; start < line.Extent; start += TTeam.Size)
        {
            int i = start + TTeam.First;
            float sum = before + TTeam.Scan(i < line.Extent ? x[ix + (i * line.StrideX)] : 0);
            if (i < line.Extent)
            {
                y[iy + (i * line.StrideY)] = sum;
            }

            before = TTeam.Last(sum);
        }
    }

    internal readonly record struct ArgLine(int Extent, int Stride, int Sign, int WithValues);

    internal readonly record struct ScanLine(int Extent, int StrideX, int StrideY);
}
