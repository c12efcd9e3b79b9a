using RawSer.Kernels;

namespace RawSer.Testing.OpCases;

/// <summary>Checks of an <see cref="OpCase"/>: null if it passes, else what is wrong.</summary>
public static class OpCheck
{
    private const double Step = 1e-5;

    /// <summary>Results and gradients of a device in F32 against those of the reference backend in F64, from the same inputs.</summary>
    public static string? Device(OpCase op, Device device, int seed = 1)
    {
        using TensorScope scope = Tensor.Scope();
        double[][] values = Values(op, seed);
        Tensor[] inputs = Inputs(op, device, values, DType.F32), exactInputs = Inputs(op, RawSer.Device.Reference, values, DType.F64);
        Tensor y = op.Apply(inputs), exact = op.Apply(exactInputs);
        if (y.Shape != exact.Shape)
        {
            return $"shape {y.Shape}, expected {exact.Shape}";
        }

        string? problem = Compare("result", y, exact, op.Roundings);
        if (problem is not null || !op.Differentiable)
        {
            return problem;
        }

        double[] upstream = Upstream(exact.Shape, seed);
        y.Backward(Tensor.From(Array.ConvertAll(upstream, v => (float)v), y.Shape, device));
        exact.Backward(Tensor.From(upstream, y.Shape, RawSer.Device.Reference));
        for (int i = 0; i < inputs.Length && problem is null; i++)
        {
            if (op.Inputs[i].Differentiable)
            {
                problem = inputs[i].Grad is { } gradient ? Compare($"gradient of input {i}", gradient, exactInputs[i].Grad!, op.Roundings) : $"no gradient of input {i}";
            }
        }

        return problem;
    }

    /// <summary>
    /// The gradient of <c>sum(op(inputs) * random)</c> for every element of every differentiable input against the slope found by moving that element,
    /// in F64 on the reference backend.
    /// </summary>
    public static string? Gradient(OpCase op, int seed = 1)
    {
        using TensorScope scope = Tensor.Scope();
        double[][] values = Values(op, seed);
        Tensor[] inputs = Inputs(op, RawSer.Device.Reference, values, DType.F64);
        Tensor y = op.Apply(inputs);
        double[] upstream = Upstream(y.Shape, seed);
        y.Backward(Tensor.From(upstream, y.Shape, RawSer.Device.Reference));
        for (int input = 0; input < inputs.Length; input++)
        {
            if (!op.Inputs[input].Differentiable)
            {
                continue;
            }

            double[] slopes = new double[values[input].Length];
            for (int i = 0; i < slopes.Length; i++)
            {
                double at = values[input][i];
                values[input][i] = at + Step;
                double above = Objective(op, values, upstream);
                values[input][i] = at - Step;
                slopes[i] = (above - Objective(op, values, upstream)) / (2 * Step);
                values[input][i] = at;
            }

            if (Closeness.Mismatch<double>(inputs[input].Grad!.ToArray<double>(), slopes, Tolerance.CentralDifferences, op.Inputs[input].Shape.AsSpan()) is { } mismatch)
            {
                return $"gradient of input {input}{mismatch}";
            }
        }

        return null;
    }

    /// <summary>The inputs of a case on a device, requiring gradients if the operation has them.</summary>
    internal static Tensor[] Inputs(OpCase op, Device device, double[][] values, DType floats)
    {
        Tensor[] inputs = new Tensor[op.Inputs.Length];
        for (int i = 0; i < inputs.Length; i++)
        {
            inputs[i] = op.Inputs[i].On(device, values[i], floats);
            inputs[i].RequiresGrad = op.Differentiable && op.Inputs[i].Differentiable;
        }

        return inputs;
    }

    /// <summary>Values of all inputs, rounded to F32 so that every type sees the same.</summary>
    internal static double[][] Values(OpCase op, int seed)
    {
        Random random = new(seed);
        return Array.ConvertAll(op.Inputs, input => Array.ConvertAll(input.Values(random, input.Shape), v => (double)(float)v));
    }

    private static double[] Upstream(Shape shape, int seed)
    {
        Random random = new(~seed);
        return [.. Enumerable.Range(0, (int)shape.ElementCount).Select(_ => (double)((random.NextSingle() * 2) - 1))];
    }

    private static double Objective(OpCase op, double[][] values, double[] upstream)
    {
        using TensorScope scope = Tensor.Scope();
        using NoGradScope noGrad = Autograd.NoGrad();
        return op.Apply(Inputs(op, RawSer.Device.Reference, values, DType.F64)).ToArray<double>().Zip(upstream, (a, b) => a * b).Sum();
    }

    private static string? Compare(string what, Tensor got, Tensor exact, int roundings)
    {
        double[] expected = exact.To(DType.F64).ToArray<double>();
        double unit = roundings * Math.ScaleB(1, -24);
        double largest = expected.Length == 0 ? 0 : expected.Max(v => double.IsFinite(v) ? Math.Abs(v) : 0);
        Tolerance tolerance = got.DType.IsFloat() ? new(unit, unit * largest) : Tolerance.Exact;
        double[] values = got.DType.IsFloat() ? Array.ConvertAll(got.ToArray<float>(), v => (double)v) : Integers(got);
        return Closeness.Mismatch<double>(values, expected, tolerance, exact.Shape.AsSpan()) is { } mismatch ? what + mismatch : null;
    }

    private static double[] Integers(Tensor t) => t.DType == DType.I64
        ? Array.ConvertAll(t.ToArray<long>(), v => (double)v)
        : Array.ConvertAll(t.ToArray<bool>(), v => v ? 1.0 : 0);
}
