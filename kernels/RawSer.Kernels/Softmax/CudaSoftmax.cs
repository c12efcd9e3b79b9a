using RawSer.Gpu;
using RawSer.Gpu.Compiler;
using RawSer.Gpu.Dialect;

namespace RawSer.Kernels;

/// <content>
/// A warp to a line where the line's elements are neighbours, so that its lanes read them together; else a thread to a line, where
/// neighbouring lines are neighbours in memory.
/// </content>
public sealed partial class CudaBackend
{
    private static readonly Kernel<ArrayView<float>, ArrayView<float>, DeviceWalk, LineSteps> s_softmax = Kernel.Create<ArrayView<float>, ArrayView<float>, DeviceWalk, LineSteps>(SoftmaxLines<Alone>);
    private static readonly Kernel<ArrayView<float>, ArrayView<float>, DeviceWalk, LineSteps> s_softmaxRows = Kernel.Create<ArrayView<float>, ArrayView<float>, DeviceWalk, LineSteps>(SoftmaxLines<InWarp>);
    private static readonly Kernel<ArrayView<float>, ArrayView<float>, ArrayView<float>, DeviceWalk, LineSteps> s_softmaxBackward = Kernel.Create<ArrayView<float>, ArrayView<float>, ArrayView<float>, DeviceWalk, LineSteps>(SoftmaxBackwardLines<Alone>);
    private static readonly Kernel<ArrayView<float>, ArrayView<float>, ArrayView<float>, DeviceWalk, LineSteps> s_softmaxBackwardRows = Kernel.Create<ArrayView<float>, ArrayView<float>, ArrayView<float>, DeviceWalk, LineSteps>(SoftmaxBackwardLines<InWarp>);

    /// <inheritdoc/>
    public override void Softmax(View x, View y, int dim, bool log)
    {
        if (y.Count > 0)
        {
            LineSteps steps = new(log, y.Shape[dim], x.Strides[dim], y.Strides[dim]);
            DeviceWalk walk = new(DeviceLines.Starts(x, dim), DeviceLines.Starts(y, dim));
            bool rows = y.Strides[dim] == 1;
            (rows ? s_softmaxRows : s_softmax).Launch(Gpu, DeviceLines.Shape(walk.Count, rows), x.Whole<float>(), y.Whole<float>(), walk, steps);
        }
    }

    /// <inheritdoc/>
    public override void SoftmaxBackward(View y, View dy, View dx, int dim, bool log)
    {
        if (y.Count > 0)
        {
            LineSteps steps = new(log, y.Shape[dim], dy.Strides[dim], y.Strides[dim]);
            DeviceWalk walk = new(DeviceLines.Starts(y, dim), DeviceLines.Starts(dy, dim), DeviceLines.Starts(dx, dim));
            bool rows = y.Strides[dim] == 1;
            (rows ? s_softmaxBackwardRows : s_softmaxBackward).Launch(
                Gpu, DeviceLines.Shape(walk.Count, rows), y.Whole<float>(), dy.Whole<float>(), dx.Whole<float>(), walk, steps);
        }
    }

    [Kernel(MaxThreadsPerGroup = DeviceLines.BlockSize)]
    private static void SoftmaxLines<TTeam>(ArrayView<float> x, ArrayView<float> y, DeviceWalk walk, LineSteps steps) where TTeam : struct, ILineTeam
    {
        int line = TTeam.Line;
        if (line >= walk.Count)
        {
            return; // a whole team
        }

        walk.Locate(line, out int ix, out int iy, out _, out _);
        float max = float.NegativeInfinity;
        for (int i = TTeam.First; i < steps.Extent; i += TTeam.Size)
        {
            float value = x[ix + (i * steps.Input)];
            max = value > max || float.IsNaN(value) ? value : max;
        }

        max = TTeam.Max(max);
        float sum = 0;
        for (int i = TTeam.First; i < steps.Extent; i += TTeam.Size)
        {
            float value = MathX.Exp(x[ix + (i * steps.Input)] - max);
            sum += value;
            if (steps.Log == 0)
            {
                y[iy + (i * steps.Dense)] = value;
            }
        }

        sum = TTeam.Sum(sum);
        float last = steps.Log == 0 ? 1 / sum : MathX.Log(sum);
        for (int i = TTeam.First; i < steps.Extent; i += TTeam.Size)
        {
            int place = iy + (i * steps.Dense);
            y[place] = steps.Log == 0 ? y[place] * last : x[ix + (i * steps.Input)] - max - last;
        }
    }

    [Kernel(MaxThreadsPerGroup = DeviceLines.BlockSize)]
    private static void SoftmaxBackwardLines<TTeam>(ArrayView<float> y, ArrayView<float> dy, ArrayView<float> dx, DeviceWalk walk, LineSteps steps)
        where TTeam : struct, ILineTeam
    {
        int line = TTeam.Line;
        if (line >= walk.Count)
        {
            return;
        }

        walk.Locate(line, out int iy, out int idy, out int idx, out _);
        float sum = 0;
        for (int i = TTeam.First; i < steps.Extent; i += TTeam.Size)
        {
            float upstream = dy[idy + (i * steps.Input)];
            sum += steps.Log == 0 ? upstream * y[iy + (i * steps.Dense)] : upstream;
        }

        sum = TTeam.Sum(sum);
        for (int i = TTeam.First; i < steps.Extent; i += TTeam.Size)
        {
            float result = y[iy + (i * steps.Dense)], upstream = dy[idy + (i * steps.Input)];
            dx[idx + (i * steps.Dense)] = steps.Log == 0 ? result * (upstream - sum) : upstream - (MathX.Exp(result) * sum);
        }
    }

    /// <summary>How a line is walked: its extent and the strides of the input in any layout and of the dense views.</summary>
    internal readonly struct LineSteps(bool log, int extent, long input, long dense)
    {
        public readonly int Log = log ? 1 : 0;
        public readonly int Extent = extent;
        public readonly int Input = (int)input;
        public readonly int Dense = (int)dense;
    }
}
