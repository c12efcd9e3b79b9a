using RawSer.Testing;

namespace RawSer.Kernels.Tests.Optimizers;

/// <summary>Steps over many tensors on the processor against the reference in double: tails, empty tensors, tensors of several parts.</summary>
public sealed class OptimizerTests
{
    private static readonly Shape[] Shapes = [[1], [7], [8], [3, 5], [0], [100_003], [31]];

    [Test]
    public void Every_rule_agrees_with_the_reference() => Assert.Multiple(() =>
    {
        Check("sgd", 1, (b, p, g, s) => b.SgdStep(new SgdStep(0.01, 0.9, 0.7, -0.1, -0.05), p, g, s[0]));
        Check("sgd without velocity", 0, (b, p, g, s) => b.SgdStep(new SgdStep(0.01, 0, 0, 0, -0.05), p, g, default));
        Check("adam", 2, (b, p, g, s) => b.AdamStep(new AdamStep(0.9, 0.99, 0.01, 0.999, 0.1, 1.2, 1e-6), p, g, s[0], s[1], default));
        Check("amsgrad", 3, (b, p, g, s) => b.AdamStep(new AdamStep(0.9, 0.99, 0.01, 0.999, 0.1, 1.2, 1e-6), p, g, s[0], s[1], s[2]));
        Check("rmsprop", 1, (b, p, g, s) => b.RmsPropStep(new RmsPropStep(0.9, 0.01, 0, 1e-6, 0, 1, 0.1), p, g, s[0], default, default));
        Check("rmsprop with momentum", 2, (b, p, g, s) => b.RmsPropStep(new RmsPropStep(0.9, 0.01, 1e-6, 0, 0.8, 0.1, 1), p, g, s[0], s[1], default));
        Check("centered rmsprop", 3, (b, p, g, s) => b.RmsPropStep(new RmsPropStep(0.9, 0.01, 1e-3, 0, 0.8, 0.1, 1), p, g, s[0], s[1], s[2]));
        Check("adagrad", 1, (b, p, g, s) => b.AdagradStep(new AdagradStep(0.01, 0.1, 0, 1e-6), p, g, s[0]));
    });

    [TestCase(2.0)]
    [TestCase(1.0)]
    [TestCase(3.0)]
    [TestCase(double.PositiveInfinity)]
    public void Norm_and_scaling_agree_with_the_reference(double order)
    {
        using var arrays = new DenseArrays();
        var random = new Random(21);
        View[] x = [.. Shapes.Select(shape => arrays.Normal(random, shape))], exact = [.. x.Select(view => arrays.As(view, DType.F64))];
        View norm = arrays.Empty([]), exactNorm = arrays.Empty([], DType.F64);
        CpuBackend.Instance.Norm(x, order, norm);
        ReferenceBackend.Instance.Norm(exact, order, exactNorm);
        DenseArrays.AssertClose(norm, exactNorm, 8 * Tolerance.Arithmetic(DType.F32), "norm");

        CpuBackend.Instance.ScaleToNorm(x, norm, 2.5, 1e-6);
        ReferenceBackend.Instance.ScaleToNorm(exact, exactNorm, 2.5, 1e-6);
        for (int i = 0; i < x.Length; i++)
        {
            DenseArrays.AssertClose(x[i], exact[i], 8 * Tolerance.Arithmetic(DType.F32), $"scaled {x[i].Shape}");
        }
    }

    [TestCase(2.0)]
    [TestCase(double.PositiveInfinity)]
    public void Not_a_number_in_the_last_element_reaches_every_tensor(double order)
    {
        using var arrays = new DenseArrays();
        View[] x = [arrays.Of([3], _ => 1), arrays.Of([20], i => i == 19 ? double.NaN : 1)];
        View norm = arrays.Empty([]);
        CpuBackend.Instance.Norm(x, order, norm);
        CpuBackend.Instance.ScaleToNorm(x, norm, 1, 1e-6);
        Assert.That(DenseArrays.Values(x[0]).Concat(DenseArrays.Values(x[1])), Is.All.NaN);
    }

    private delegate void Step(Backend backend, View[] parameters, View[] gradients, View[][] states);

    private static void Check(string what, int stateCount, Step step)
    {
        using var arrays = new DenseArrays();
        var random = new Random(20);
        View[] parameters = [.. Shapes.Select(shape => arrays.Normal(random, shape))], gradients = [.. Shapes.Select(shape => arrays.Normal(random, shape))];
        // States that could have come about: mean squares exceed squared means.
        View[][] states = [.. Enumerable.Range(0, stateCount).Select(s => Shapes.Select(shape => arrays.Of(shape, _ => random.NextDouble() + (s == 0 ? 1 : 0))).ToArray())];
        View[] exactParameters = [.. parameters.Select(view => arrays.As(view, DType.F64))], exactGradients = [.. gradients.Select(view => arrays.As(view, DType.F64))];
        View[][] exactStates = [.. states.Select(list => list.Select(view => arrays.As(view, DType.F64)).ToArray())];

        step(CpuBackend.Instance, parameters, gradients, states);
        step(ReferenceBackend.Instance, exactParameters, exactGradients, exactStates);
        for (int i = 0; i < Shapes.Length; i++)
        {
            DenseArrays.AssertClose(parameters[i], exactParameters[i], Tolerance.Accumulated(DType.F32, 8, 4), $"{what}: parameter {Shapes[i]}");
            for (int s = 0; s < stateCount; s++)
            {
                DenseArrays.AssertClose(states[s][i], exactStates[s][i], Tolerance.Accumulated(DType.F32, 8, 4), $"{what}: state {s} of {Shapes[i]}");
            }
        }
    }
}
