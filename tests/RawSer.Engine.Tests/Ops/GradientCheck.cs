using RawSer.Kernels;
using RawSer.Testing;

namespace RawSer.Engine.Tests.Ops;

/// <summary>Gradients of an operation against central differences of its own forward pass, in F64 on the reference backend.</summary>
internal static class GradientCheck
{
    private const double Step = 1e-5;

    /// <summary>Fails if the gradient of <c>sum(op(inputs) * random)</c> for an element of an input is not the slope found by moving that element.</summary>
    public static void Run(Func<Tensor[], Tensor> op, Random random, params Shape[] shapes)
    {
        using TensorScope scope = Tensor.Scope();
        double[][] values = Array.ConvertAll(shapes, shape => Values(random, shape));
        Tensor[] inputs = Leaves(values, shapes);
        Tensor y = op(inputs);
        double[] weights = Values(random, y.Shape);
        y.Backward(Tensor.From(weights, y.Shape, Device.Reference));
        for (int input = 0; input < shapes.Length; input++)
        {
            double[] slopes = new double[values[input].Length];
            for (int i = 0; i < slopes.Length; i++)
            {
                double at = values[input][i];
                values[input][i] = at + Step;
                double above = Loss(op, values, shapes, weights);
                values[input][i] = at - Step;
                slopes[i] = (above - Loss(op, values, shapes, weights)) / (2 * Step);
                values[input][i] = at;
            }

            string? mismatch = Closeness.Mismatch<double>(inputs[input].Grad!.ToArray<double>(), slopes, Tolerance.CentralDifferences, shapes[input].AsSpan());
            Assert.That(mismatch, Is.Null, $"gradient of input {input} of shape {shapes[input]}");
        }
    }

    private static double Loss(Func<Tensor[], Tensor> op, double[][] values, Shape[] shapes, double[] weights)
    {
        using TensorScope scope = Tensor.Scope();
        using NoGradScope noGrad = RawSer.Autograd.NoGrad();
        double[] y = op(Leaves(values, shapes)).ToArray<double>();
        return y.Zip(weights, (a, b) => a * b).Sum();
    }

    private static Tensor[] Leaves(double[][] values, Shape[] shapes)
    {
        Tensor[] leaves = new Tensor[shapes.Length];
        for (int i = 0; i < leaves.Length; i++)
        {
            leaves[i] = Tensor.From(values[i], shapes[i], Device.Reference);
            leaves[i].RequiresGrad = true;
        }

        return leaves;
    }

    private static double[] Values(Random random, Shape shape) => [.. Enumerable.Range(0, (int)shape.ElementCount).Select(_ => (random.NextDouble() * 2) - 1)];
}
