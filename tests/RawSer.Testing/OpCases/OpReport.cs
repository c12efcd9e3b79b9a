using System.Diagnostics;
using RawSer.Kernels;

namespace RawSer.Testing.OpCases;

/// <summary>What devices can do, and how fast.</summary>
public static class OpReport
{
    /// <summary><c>yes</c>, <c>forward</c> (no gradient where there should be one) or <c>no</c>.</summary>
    public static string Support(OpCase op, Device device)
    {
        using TensorScope scope = Tensor.Scope();
        try
        {
            Tensor y = op.Apply(OpCheck.Inputs(op, device, OpCheck.Values(op, 1), DType.F32));
            if (!op.Differentiable)
            {
                return "yes";
            }

            try
            {
                y.Backward(Tensor.Ones(y.Shape, y.DType, device));
                return "yes";
            }
            catch (NotSupportedException)
            {
                return "forward";
            }
        }
        catch (NotSupportedException)
        {
            return "no";
        }
    }

    /// <summary>
    /// The best times of a forward pass and of a forward and backward pass on the <see cref="OpCase.Timed"/> inputs, and the bytes of inputs
    /// and result.
    /// </summary>
    public static (double ForwardSeconds, double BothSeconds, long Bytes) Time(OpCase op, Device device, double seconds)
    {
        OpCase timed = op with { Inputs = op.Timed };
        using TensorScope scope = Tensor.Scope();
        Tensor[] inputs = OpCheck.Inputs(timed, device, OpCheck.Values(timed, 1), DType.F32);
        Tensor result = op.Apply(inputs);
        long bytes = inputs.Append(result).Sum(t => t.ElementCount * t.DType.Size());
        double forward = Best(seconds, () =>
        {
            using TensorScope inner = Tensor.Scope();
            using NoGradScope noGrad = Autograd.NoGrad();
            op.Apply(inputs);
        });
        if (!op.Differentiable)
        {
            return (forward, forward, bytes);
        }

        Tensor upstream = Tensor.Ones(result.Shape, result.DType, device);
        double both = Best(seconds, () =>
        {
            using TensorScope inner = Tensor.Scope();
            op.Apply(inputs).Backward(upstream);
            foreach (Tensor input in inputs)
            {
                input.ZeroGrad();
            }
        });
        return (forward, both, bytes);
    }

    private static double Best(double seconds, Action work)
    {
        double best = double.PositiveInfinity;
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < 40 || Stopwatch.GetElapsedTime(start).TotalSeconds < seconds; i++)
        {
            long before = Stopwatch.GetTimestamp();
            work();
            best = Math.Min(best, Stopwatch.GetElapsedTime(before).TotalSeconds);
        }

        return best;
    }
}
