using RawSer.Testing;

namespace RawSer.Kernels.Tests.Losses;

/// <summary>Losses on the emulator against the reference in double: classes as neighbours and at a distance, few and many, broadcast gradients, bad targets.</summary>
[Category("OneInstructionSet")]
public sealed class CudaLossTests
{
    private const long Ignored = -100;

    [TestCase(new[] { 5, 7 }, 1, 0.0, false)]
    [TestCase(new[] { 9, 40 }, 1, 0.1, true)]
    [TestCase(new[] { 300, 16 }, 1, 0.2, false)]
    [TestCase(new[] { 3, 6, 11 }, 1, 0.1, true)]
    [TestCase(new[] { 2, 3, 33, 2 }, 2, 0.0, true)]
    [TestCase(new[] { 4, 1 }, 1, 0.3, false)]
    [TestCase(new[] { 7 }, 0, 0.1, true)]
    public void Index_losses_agree_with_the_reference(int[] shape, int classDim, double smoothing, bool weighted)
    {
        using DenseArrays arrays = new();
        using OnEmulator emulator = new();
        Random random = new(3);
        Shape items = WithoutDim(shape, classDim);
        int classes = shape[classDim];
        View logits = arrays.Normal(random, shape, 0, 3), weights = weighted ? arrays.Of([classes], _ => 0.5 + random.NextDouble()) : default;
        View targets = Targets(arrays, items, i => i % 4 == 1 ? Ignored : random.Next(classes));
        View one = arrays.Of([1], _ => 0.37), dLosses = one.With(one.Layout.BroadcastTo(items));

        View[] got = Outputs(), expected = Outputs();
        Run(ReferenceBackend.Instance, logits, targets, weights, dLosses, expected);
        Run(emulator.Backend, emulator.Send(logits), emulator.Send(targets), emulator.Send(weights), emulator.Send(dLosses), [.. got.Select(emulator.Send)]);
        emulator.Fetch();
        for (int i = 0; i < got.Length; i++)
        {
            DenseArrays.AssertClose(got[i], expected[i], Tolerance.Accumulated(DType.F32, classes, 16), $"output {i}");
        }

        View[] Outputs() => [arrays.Empty(items), arrays.Empty(items), arrays.Empty(shape), arrays.Empty(items), arrays.Empty(items), arrays.Empty(shape)];

        void Run(Backend backend, View x, View target, View w, View upstream, View[] y)
        {
            backend.CrossEntropy(x, classDim, target, w, Ignored, smoothing, y[0], y[1]);
            backend.CrossEntropyBackward(x, classDim, target, w, Ignored, smoothing, upstream, y[2]);
            backend.NllLoss(x, classDim, target, w, Ignored, y[3], y[4]);
            backend.NllLossBackward(classDim, target, w, Ignored, upstream, y[5]);
        }
    }

    [TestCase(new[] { 5, 7 }, 1, 0.0, true, true)]
    [TestCase(new[] { 9, 40 }, 1, 0.1, true, false)]
    [TestCase(new[] { 3, 6, 11 }, 1, 0.1, false, true)]
    public void Probability_losses_agree_with_the_reference(int[] shape, int classDim, double smoothing, bool wantsLogits, bool wantsProbabilities)
    {
        using DenseArrays arrays = new();
        using OnEmulator emulator = new();
        Random random = new(4);
        Shape items = WithoutDim(shape, classDim);
        View logits = arrays.Normal(random, shape, 0, 3), probabilities = arrays.Of(shape, _ => random.NextDouble());
        View weights = arrays.Of([shape[classDim]], _ => 0.5 + random.NextDouble()), dLosses = arrays.Normal(random, items);
        View[] got = Outputs(), expected = Outputs();
        Run(ReferenceBackend.Instance, logits, probabilities, weights, dLosses, expected);
        Run(emulator.Backend, emulator.Send(logits), emulator.Send(probabilities), emulator.Send(weights), emulator.Send(dLosses), [.. got.Select(emulator.Send)]);
        emulator.Fetch();
        for (int i = 0; i < got.Length; i++)
        {
            if (got[i].Exists)
            {
                DenseArrays.AssertClose(got[i], expected[i], Tolerance.Accumulated(DType.F32, shape[classDim], 64), $"output {i}");
            }
        }

        View[] Outputs() => [arrays.Empty(items), wantsLogits ? arrays.Empty(shape) : default, wantsProbabilities ? arrays.Empty(shape) : default];

        void Run(Backend backend, View x, View q, View w, View upstream, View[] y)
        {
            backend.SoftCrossEntropy(x, classDim, q, w, smoothing, y[0]);
            backend.SoftCrossEntropyBackward(x, classDim, q, w, smoothing, upstream, y[1], y[2]);
        }
    }

    [TestCase(new[] { 40, 7 }, 7)]
    [TestCase(new[] { 40, 7 }, -1)]
    [TestCase(new[] { 40, 20 }, 1L << 40)]
    public void A_target_that_is_no_class_is_the_processors_error_where_the_host_waits(int[] shape, long bad)
    {
        using DenseArrays arrays = new();
        using OnEmulator emulator = new();
        View logits = arrays.Of(shape, i => i % 3), losses = arrays.Empty([shape[0]]), itemWeights = arrays.Empty([shape[0]]);
        View good = Targets(arrays, [shape[0]], i => i % 7), targets = Targets(arrays, [shape[0]], i => i == 13 ? bad : i % 7);
        string expected = Assert.Throws<ArgumentOutOfRangeException>(
            () => CpuBackend.Instance.CrossEntropy(logits, 1, targets, default, Ignored, 0, losses, itemWeights))!.Message;

        View x = emulator.Send(logits), sent = emulator.Send(targets), y = emulator.Send(losses), w = emulator.Send(itemWeights), sentGood = emulator.Send(good);
        Action<View>[] losing =
        [
            t => emulator.Backend.CrossEntropy(x, 1, t, default, Ignored, 0, y, w),
            t => emulator.Backend.NllLoss(x, 1, t, default, Ignored, y, w),
        ];
        foreach (Action<View> loss in losing)
        {
            loss(sent);
            loss(sentGood); // what is queued behind the fault does not hide it
            Assert.That(Assert.Throws<ArgumentOutOfRangeException>(emulator.Backend.Synchronize)!.Message, Is.EqualTo(expected));
            Assert.DoesNotThrow(emulator.Backend.Synchronize, "reported once");
            loss(sent);
            Assert.That(Assert.Throws<ArgumentOutOfRangeException>(emulator.Fetch)!.Message, Is.EqualTo(expected), "a copy to the host waits too");
            loss(sentGood);
            Assert.DoesNotThrow(emulator.Fetch);
        }
    }

    private static View Targets(DenseArrays arrays, Shape items, Func<long, long> target)
    {
        View view = arrays.Empty(items, DType.I64);
        unsafe
        {
            for (long i = 0; i < view.Count; i++)
            {
                view.Pointer<long>()[i] = target(i);
            }
        }

        return view;
    }

    private static Shape WithoutDim(Shape shape, int dim) => shape.Without(dim);
}
