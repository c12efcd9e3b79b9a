using RawSer.Testing;

namespace RawSer.Kernels.Tests.Optimizers;

/// <summary>Steps over many tensors on the emulator against the reference in double: more tensors than one launch writes, tails, empty and unaligned tensors, several parts.</summary>
[Category("OneInstructionSet")]
public sealed class CudaOptimizerTests
{
    private static readonly Shape[] Shapes = [[1], [7], [8], [3, 5], [0], [4099], [31], .. Enumerable.Repeat<Shape>([6], 40), [0]];

    [Test]
    public void Every_rule_agrees_with_the_reference() => Assert.Multiple(() =>
    {
        Check("sgd", 1, (b, p, g, s) => b.SgdStep(new SgdStep(0.01, 0.9, 0.7, -0.1, -0.05), p, g, s[0]));
        Check("sgd without velocity", 0, (b, p, g, s) => b.SgdStep(new SgdStep(0.01, 0, 0, 0, -0.05), p, g, default));
        Check("adam", 2, (b, p, g, s) => b.AdamStep(new AdamStep(0.9, 0.99, 0.01, 0.999, 0.1, 1.2, 1e-6), p, g, s[0], s[1], default));
        Check("amsgrad", 3, (b, p, g, s) => b.AdamStep(new AdamStep(0.9, 0.99, 0.01, 0.999, 0.1, 1.2, 1e-6), p, g, s[0], s[1], s[2]));
        Check("rmsprop", 1, (b, p, g, s) => b.RmsPropStep(new RmsPropStep(0.9, 0.01, 0, 1e-6, 0, 1, 0.1), p, g, s[0], default, default));
        Check("rmsprop with momentum", 2, (b, p, g, s) => b.RmsPropStep(new RmsPropStep(0.9, 0.01, 1e-6, 0, 0.8, 0.1, 1), p, g, s[0], s[1], default));
        Check("centered rmsprop without momentum", 2, (b, p, g, s) => b.RmsPropStep(new RmsPropStep(0.9, 0.01, 0.1, 0, 0, 0, 0.1), p, g, s[0], default, s[1]));
        Check("centered rmsprop", 3, (b, p, g, s) => b.RmsPropStep(new RmsPropStep(0.9, 0.01, 1e-3, 0, 0.8, 0.1, 1), p, g, s[0], s[1], s[2]));
        Check("adagrad", 1, (b, p, g, s) => b.AdagradStep(new AdagradStep(0.01, 0.1, 0, 1e-6), p, g, s[0]));
    });

    [TestCase(2.0)]
    [TestCase(1.0)]
    [TestCase(3.0)]
    [TestCase(double.PositiveInfinity)]
    public void Norm_and_scaling_agree_with_the_reference(double order)
    {
        using DenseArrays arrays = new();
        using OnEmulator emulator = new();
        Random random = new(21);
        View[] x = [.. Shapes.Select(shape => arrays.Normal(random, shape))], exact = [.. x.Select(view => arrays.As(view, DType.F64))], sent = [.. x.Select(emulator.Send)];
        View norm = arrays.Empty([]), exactNorm = arrays.Empty([], DType.F64), sentNorm = emulator.Send(norm);
        emulator.Backend.Norm(sent, order, sentNorm);
        ReferenceBackend.Instance.Norm(exact, order, exactNorm);
        emulator.Backend.ScaleToNorm(sent, sentNorm, 2.5, 1e-6);
        ReferenceBackend.Instance.ScaleToNorm(exact, exactNorm, 2.5, 1e-6);
        emulator.Fetch();
        DenseArrays.AssertClose(norm, exactNorm, 8 * Tolerance.Arithmetic(DType.F32), "norm");
        for (int i = 0; i < x.Length; i++)
        {
            DenseArrays.AssertClose(x[i], exact[i], 8 * Tolerance.Arithmetic(DType.F32), $"scaled {x[i].Shape}");
        }
    }

    [TestCase(2.0)]
    [TestCase(double.PositiveInfinity)]
    public void Not_a_number_in_the_last_element_reaches_every_tensor(double order)
    {
        using DenseArrays arrays = new();
        using OnEmulator emulator = new();
        View[] x = [arrays.Of([3], _ => 1), arrays.Of([20], i => i == 19 ? double.NaN : 1)], sent = [.. x.Select(emulator.Send)];
        View norm = emulator.Send(arrays.Empty([]));
        emulator.Backend.Norm(sent, order, norm);
        emulator.Backend.ScaleToNorm(sent, norm, 1, 1e-6);
        emulator.Fetch();
        Assert.That(DenseArrays.Values(x[0]).Concat(DenseArrays.Values(x[1])), Is.All.NaN);
    }

    [Test]
    public void A_small_norm_leaves_everything_and_no_tensors_have_norm_0()
    {
        using DenseArrays arrays = new();
        using OnEmulator emulator = new();
        View x = arrays.Of([9], i => i * 0.01), norm = arrays.Empty([]), none = arrays.Empty([]);
        double[] before = DenseArrays.Values(x);
        View sent = emulator.Send(x), sentNorm = emulator.Send(norm);
        emulator.Backend.Norm([sent], 2, sentNorm);
        emulator.Backend.ScaleToNorm([sent], sentNorm, 100, 1e-6);
        emulator.Backend.Norm([], 2, emulator.Send(none));
        emulator.Fetch();
        Assert.That(DenseArrays.Values(x), Is.EqualTo(before));
        Assert.That(DenseArrays.Values(none), Is.EqualTo(new[] { 0.0 }));
    }

    /// <summary>A step asks the system for no memory after the first.</summary>
    [Test]
    public void Steps_after_the_first_allocate_nothing()
    {
        using DenseArrays arrays = new();
        using OnEmulator emulator = new();
        View[] w = [emulator.Send(arrays.Of([50], _ => 1))], g = [emulator.Send(arrays.Of([50], _ => 1))];
        View norm = emulator.Send(arrays.Empty([]));
        Step();
        long before = emulator.Backend.Memory.Stats.SystemAllocationCount;
        Step();
        Assert.That(emulator.Backend.Memory.Stats.SystemAllocationCount, Is.EqualTo(before));

        void Step()
        {
            emulator.Backend.Norm(g, 2, norm);
            emulator.Backend.ScaleToNorm(g, norm, 1, 1e-6);
            emulator.Backend.SgdStep(new SgdStep(0, 0, 0, 0, -0.1), w, g, default);
        }
    }

    private delegate void Step(Backend backend, View[] parameters, View[] gradients, View[][] states);

    private static void Check(string what, int stateCount, Step step)
    {
        using DenseArrays arrays = new();
        using OnEmulator emulator = new();
        Random random = new(20);
        View[] parameters = [.. Shapes.Select(Unaligned)], gradients = [.. Shapes.Select(shape => arrays.Normal(random, shape))];
        View[][] states = [.. Enumerable.Range(0, stateCount).Select(s => Shapes.Select(shape => arrays.Of(shape, _ => random.NextDouble() + (s == 0 ? 1 : 0))).ToArray())];
        View[] exactParameters = [.. parameters.Select(view => arrays.As(view, DType.F64))], exactGradients = [.. gradients.Select(view => arrays.As(view, DType.F64))];
        View[][] exactStates = [.. states.Select(list => list.Select(view => arrays.As(view, DType.F64)).ToArray())];

        step(ReferenceBackend.Instance, exactParameters, exactGradients, exactStates);
        step(emulator.Backend, Sent(parameters), Sent(gradients), [.. states.Select(Sent)]);
        emulator.Fetch();
        for (int i = 0; i < Shapes.Length; i++)
        {
            DenseArrays.AssertClose(parameters[i], exactParameters[i], Tolerance.Accumulated(DType.F32, 8, 4), $"{what}: parameter {i} {Shapes[i]}");
            for (int s = 0; s < stateCount; s++)
            {
                DenseArrays.AssertClose(states[s][i], exactStates[s][i], Tolerance.Accumulated(DType.F32, 8, 4), $"{what}: state {s} of {i} {Shapes[i]}");
            }
        }

        View[] Sent(View[] views) => [.. views.Select(emulator.Send)];

        // One parameter begins at an odd place, as a view into a larger tensor may.
        View Unaligned(Shape shape)
        {
            View dense = arrays.Normal(random, shape);
            return shape.ElementCount == 31 ? dense.With(Layout.RowMajor([30], dense.Layout.Offset + 1)) : dense;
        }
    }
}
