using RawSer.Testing;

namespace RawSer.Kernels.Tests.Convolution;

/// <summary>Convolution and its gradients by device kernels against the reference backend.</summary>
[Category("OneInstructionSet")]
public sealed class DeviceConvolutionTests
{
    [Test]
    public void Random_geometries_agree_with_the_reference([Range(0, 39)] int seed)
    {
        Random random = new(seed);
        using GuardedViews views = new();
        using OnEmulator emulator = new();
        Check(ConvolutionProblem.Random(random, views), views, emulator);
    }

    [TestCase(2, 1, 20, 8, 12, 3, 1)] // the first layer, four outputs at a time
    [TestCase(1, 1, 70, 1, 57, 10, 5)] // the first layer of wav2vec
    [TestCase(1, 40, 40, 5, 8, 3, 1)]
    [TestCase(1, 9, 33, 12, 12, 3, 2)]
    [TestCase(2, 24, 40, 1, 40, 5, 2)]
    [TestCase(1, 33, 34, 7, 8, 1, 1)]
    public void Layers_agree_with_the_reference(int batch, int channels, int outputs, int height, int width, int kernel, int stride)
    {
        Random random = new(channels);
        using GuardedViews views = new();
        using OnEmulator emulator = new();
        int kernelH = height == 1 ? 1 : kernel, padH = kernelH / 2, pad = kernel / 2;
        int outH = ((height + (2 * padH) - kernelH) / stride) + 1, outW = ((width + (2 * pad) - kernel) / stride) + 1;
        Check(
            ConvolutionProblem.Of(random, views, [batch, channels, height, width], [outputs, channels, kernelH, kernel], outH, outW, new(stride, stride, padH, pad, 1, 1, 1)),
            views, emulator);
    }

    [Test]
    public void Depthwise_layers_agree_with_the_reference([Values(1, 2)] int perChannel, [Values(3, 4)] int kernel)
    {
        Random random = new(kernel);
        using GuardedViews views = new();
        using OnEmulator emulator = new();
        Check(ConvolutionProblem.Of(random, views, [2, 6, 9, 11], [6 * perChannel, 1, kernel, kernel], 10 - kernel, 12 - kernel, new(1, 1, 0, 0, 1, 1, 6)), views, emulator);
    }

    [Test]
    public void Nothing_gives_nothing()
    {
        using GuardedViews views = new();
        using OnEmulator emulator = new();
        ConvolutionProblem p = ConvolutionProblem.Dense(new Random(4), views, [0, 3, 5, 6], [4, 3, 3, 3], 3, 4, new(1, 1, 0, 0, 1, 1, 1));
        Check(p, views, emulator);
        Assert.That(GuardedViews.Values(p.Dw).Concat(GuardedViews.Values(p.Db)), Is.All.Zero);
    }

    [Test]
    public void Sums_over_many_positions_are_cut_into_parts()
    {
        Random random = new(2);
        using GuardedViews views = new();
        using OnEmulator emulator = new();
        Check(ConvolutionProblem.Of(random, views, [3, 2, 30, 40], [3, 2, 2, 2], 29, 39, new(1, 1, 0, 0, 1, 1, 1)), views, emulator);
        Check(ConvolutionProblem.Of(random, views, [3, 1, 30, 40], [3, 1, 2, 2], 29, 39, new(1, 1, 0, 0, 1, 1, 1)), views, emulator);
    }

    [Test]
    public void Every_tile_gives_the_reference([Values(32, 64, 128)] int tile, [Values] bool vectors)
    {
        Random random = new(tile);
        using GuardedViews views = new();
        using OnEmulator emulator = new();
        int width = vectors ? 12 : 11, rows = (tile / 2) + 5;
        ConvolutionProblem p = ConvolutionProblem.Dense(random, views, [2, 9, 4, width], [2 * rows, 9, 3, 3], 4, width, new(1, 1, 1, 1, 1, 1, 1));
        View expected = views.Copy(p.Y), x = emulator.Send(p.X), y = emulator.Send(p.Y), w = emulator.Send(p.W), dy = emulator.Send(p.Dy), dw = emulator.Send(p.Dw);
        ConvSweep sweep = new(
            SweepAxis.Forward(4, 4, 3, 1, 1, 1), SweepAxis.Forward(width, width, 3, 1, 1, 1), 2, 9, 2 * rows, ImageStrides.Of(x), ImageStrides.Of(y));
        PackedKernels order = new(sweep, KernelStrides.Forward(w.Shape, 1));
        View packed = emulator.Send(views.Random(random, [1, order.GroupLength]));
        order.Fill(emulator.Backend, w.Dense<float>(), packed.Dense<float>());
        switch (tile)
        {
            case 32: Run<DeviceTile32>(); break;
            case 64: Run<DeviceTile64>(); break;
            default: Run<DeviceTile128>(); break;
        }

        emulator.Fetch();
        ReferenceBackend.Instance.Convolution(p.X, p.W, expected, p.Geometry);
        AssertClose("y", p.Y, expected, 81);
        expected = views.Copy(p.Dw);
        ReferenceBackend.Instance.ConvolutionBackwardWeight(p.X, p.Dy, expected, default, p.Geometry);
        AssertClose("dw", p.Dw, expected, p.Y.Count);
        views.CheckGuards();

        void Run<TTile>() where TTile : struct, IDeviceTile
        {
            if (vectors)
            {
                TiledConvolution<TTile, VectorStore>.Run(emulator.Backend, sweep, order, packed, x, y, default, 1, new(TTile.Extent, order.Depth));
            }
            else
            {
                TiledConvolution<TTile, ScatteredStore>.Run(emulator.Backend, sweep, order, packed, x, y, default, 1, new(TTile.Extent, order.Depth));
            }

            TiledKernelGradient<TTile>.Run(emulator.Backend, sweep, x, dy, dw, 1, new(TTile.Extent, vectors ? 48 : 1 << 20));
        }
    }

    [TestCase(UnaryOp.Relu, 6)]
    [TestCase(UnaryOp.Sigmoid, 6)]
    [TestCase(null, 1)]
    public void Bias_and_activation_agree_with_the_composition(UnaryOp? activation, int channels)
    {
        Random random = new(1);
        using GuardedViews views = new();
        using OnEmulator emulator = new();
        ConvolutionProblem p = ConvolutionProblem.Of(random, views, [2, channels, 9, 11], [10, channels, 3, 2], 5, 11, new(2, 1, 1, 1, 1, 1, 1));
        View bias = views.Random(random, [10], [3]), expected = views.Copy(p.Y);
        emulator.Backend.ConvolutionBias(emulator.Send(p.X), emulator.Send(p.W), emulator.Send(bias), emulator.Send(p.Y), p.Geometry, activation);
        emulator.Fetch();
        ReferenceBackend.Instance.ConvolutionBias(p.X, p.W, bias, expected, p.Geometry, activation);
        AssertClose("y", p.Y, expected, (channels * 6) + 1);
        views.CheckGuards();
    }

    [Test]
    public void Padding_does_not_meet_numbers_that_are_no_numbers()
    {
        using GuardedViews views = new();
        using OnEmulator emulator = new();
        ConvolutionProblem p = ConvolutionProblem.Dense(new Random(3), views, [1, 3, 1, 9], [6, 3, 1, 3], 1, 4, new(1, 2, 0, 0, 1, 1, 1));
        SetLast(p.X, float.NaN); // no window reaches it
        Check(p, views, emulator);

        static unsafe void SetLast(View view, float value) => view.Pointer<float>()[view.Count - 1] = value;
    }

    private static void Check(ConvolutionProblem p, GuardedViews views, OnEmulator emulator)
    {
        View y = views.Copy(p.Y), dx = views.Copy(p.Dx), dw = views.Copy(p.Dw), db = views.Copy(p.Db);
        View deviceX = emulator.Send(p.X), deviceW = emulator.Send(p.W), deviceDy = emulator.Send(p.Dy);
        emulator.Backend.Convolution(deviceX, deviceW, emulator.Send(p.Y), p.Geometry);
        emulator.Backend.ConvolutionBackwardData(deviceDy, deviceW, emulator.Send(p.Dx), p.Geometry);
        emulator.Backend.ConvolutionBackwardWeight(deviceX, deviceDy, emulator.Send(p.Dw), emulator.Send(p.Db), p.Geometry);
        emulator.Fetch();

        ReferenceBackend.Instance.Convolution(p.X, p.W, y, p.Geometry);
        ReferenceBackend.Instance.ConvolutionBackwardData(p.Dy, p.W, dx, p.Geometry);
        ReferenceBackend.Instance.ConvolutionBackwardWeight(p.X, p.Dy, dw, db, p.Geometry);
        AssertClose("y", p.Y, y, p.W.Count / p.W.Shape[0]);
        AssertClose("dx", p.Dx, dx, p.W.Count / p.W.Shape[1]);
        AssertClose("dw", p.Dw, dw, p.Y.Count / p.Y.Shape[1]);
        AssertClose("db", p.Db, db, p.Y.Count / p.Y.Shape[1]);
        views.CheckGuards();
    }

    private static void AssertClose(string what, View got, View expected, long terms)
    {
        string? mismatch = Closeness.Mismatch<float>(
            GuardedViews.Values(got), GuardedViews.Values(expected), Tolerance.Accumulated(DType.F32, terms + 1, 1), got.Shape.AsSpan());
        Assert.That(mismatch, Is.Null, what);
    }
}
