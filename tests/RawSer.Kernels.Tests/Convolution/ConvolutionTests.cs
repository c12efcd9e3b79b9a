using RawSer.Kernels;
using RawSer.Testing;

namespace RawSer.Kernels.Tests.Convolution;

/// <summary>Convolution and its gradients on the cpu backend against the reference backend.</summary>
public sealed class ConvolutionTests
{
    [Test]
    public void Random_geometries_agree_with_the_reference([Range(0, 199)] int seed)
    {
        Random random = new(seed);
        using GuardedViews views = new();
        ConvolutionProblem p = ConvolutionProblem.Random(random, views);

        CpuBackend.Instance.Convolution(p.X, p.W, p.Y, p.Geometry);
        View expected = views.Copy(p.Y);
        ReferenceBackend.Instance.Convolution(p.X, p.W, expected, p.Geometry);
        AssertClose("y", p.Y, expected, p.W.Count / p.W.Shape[0]);

        CpuBackend.Instance.ConvolutionBackwardData(p.Dy, p.W, p.Dx, p.Geometry);
        expected = views.Copy(p.Dx);
        ReferenceBackend.Instance.ConvolutionBackwardData(p.Dy, p.W, expected, p.Geometry);
        AssertClose("dx", p.Dx, expected, p.W.Count / p.W.Shape[1]);

        CpuBackend.Instance.ConvolutionBackwardWeight(p.X, p.Dy, p.Dw, p.Db, p.Geometry);
        View expectedBias = views.Copy(p.Db);
        expected = views.Copy(p.Dw);
        ReferenceBackend.Instance.ConvolutionBackwardWeight(p.X, p.Dy, expected, expectedBias, p.Geometry);
        AssertClose("dw", p.Dw, expected, p.Y.Count / p.Y.Shape[1]);
        AssertClose("db", p.Db, expectedBias, p.Y.Count / p.Y.Shape[1]);
        views.CheckGuards();
    }

    [TestCase(2, 16, 32, 12, 47, 3)]
    [TestCase(3, 32, 24, 8, 11, 3)]
    [TestCase(2, 1, 16, 64, 94, 3)]
    [TestCase(1, 70, 9, 3, 300, 3)]
    [TestCase(1, 130, 24, 9, 9, 1)]
    [TestCase(1, 3, 17, 20, 20, 7)]
    public void Layers_agree_with_the_reference(int batch, int channels, int outputs, int height, int width, int kernel)
    {
        Random random = new(channels);
        using GuardedViews views = new();
        ConvolutionProblem p = ConvolutionProblem.Of(random, views, [batch, channels, height, width], [outputs, channels, kernel, kernel], height, width, new(1, 1, kernel / 2, kernel / 2, 1, 1, 1));
        View bias = views.Random(random, [outputs]);
        View expected = views.Copy(p.Y);
        CpuBackend.Instance.ConvolutionBias(p.X, p.W, bias, p.Y, p.Geometry, UnaryOp.Relu);
        ReferenceBackend.Instance.ConvolutionBias(p.X, p.W, bias, expected, p.Geometry, UnaryOp.Relu);
        AssertClose("y", p.Y, expected, channels * kernel * kernel);

        CpuBackend.Instance.ConvolutionBackwardData(p.Dy, p.W, p.Dx, p.Geometry);
        expected = views.Copy(p.Dx);
        ReferenceBackend.Instance.ConvolutionBackwardData(p.Dy, p.W, expected, p.Geometry);
        AssertClose("dx", p.Dx, expected, outputs * kernel * kernel);

        CpuBackend.Instance.ConvolutionBackwardWeight(p.X, p.Dy, p.Dw, default, p.Geometry);
        expected = views.Copy(p.Dw);
        ReferenceBackend.Instance.ConvolutionBackwardWeight(p.X, p.Dy, expected, default, p.Geometry);
        AssertClose("dw", p.Dw, expected, batch * height * width);
        views.CheckGuards();
    }

    [TestCase(1, 1, 16, 128, 94, 2, 2, 1)]
    [TestCase(1, 16, 32, 64, 47, 4, 4, 1)]
    [TestCase(1, 32, 64, 16, 11, 4, 4, 1)]
    [TestCase(3, 3, 5, 9, 30, 3, 2, 1)]
    [TestCase(2, 4, 2, 13, 21, 5, 4, 2)]
    [TestCase(1, 40, 20, 30, 70, 7, 3, 1)]
    public void Pooled_results_agree_with_the_composition(int batch, int channels, int outputs, int height, int width, int poolH, int poolW, int groups)
    {
        Random random = new(channels);
        using GuardedViews views = new();
        View x = views.Random(random, [batch, channels, height, width]), w = views.Random(random, [outputs, channels / groups, 3, 3]), bias = views.Random(random, [outputs]);
        ConvGeometry geometry = new(1, 1, 1, 1, 1, 1, groups);
        foreach (int stride in new[] { poolH, 1 }) // windows that tile the rows, and overlapping ones
        {
            PoolWindows windows = new(PoolAxis.Windows(height, poolH, stride), PoolAxis.Windows(width, poolW, poolW));
            View y = views.Random(random, [batch, outputs, windows.Rows.Output, windows.Columns.Output]), expected = views.Copy(y);
            CpuBackend.Instance.ConvolutionBiasReluMaxPool(x, w, bias, y, geometry, windows);
            ReferenceBackend.Instance.ConvolutionBiasReluMaxPool(x, w, bias, expected, geometry, windows);
            AssertClose("y", y, expected, channels * 9);
        }

        views.CheckGuards();
    }

    [TestCase(UnaryOp.Relu)]
    [TestCase(UnaryOp.Sigmoid)]
    [TestCase(null)]
    public void Bias_and_activation_agree_with_the_composition(UnaryOp? activation)
    {
        Random random = new(1);
        using GuardedViews views = new();
        ConvolutionProblem p = ConvolutionProblem.Of(random, views, [2, 6, 9, 11], [10, 3, 3, 2], 5, 11, new(2, 1, 1, 1, 1, 1, 2));
        View bias = views.Random(random, [10], [3]);
        View expected = views.Copy(p.Y);
        CpuBackend.Instance.ConvolutionBias(p.X, p.W, bias, p.Y, p.Geometry, activation);
        ReferenceBackend.Instance.ConvolutionBias(p.X, p.W, bias, expected, p.Geometry, activation);
        AssertClose("y", p.Y, expected, 19);
        views.CheckGuards();
    }

    [Test]
    public void Results_do_not_depend_on_the_number_of_threads()
    {
        Random random = new(1);
        using GuardedViews views = new();
        ConvolutionProblem p = ConvolutionProblem.Of(random, views, [5, 16, 64, 47], [32, 16, 3, 3], 64, 47, new(1, 1, 1, 1, 1, 1, 1));
        View y = views.Copy(p.Y), dx = views.Copy(p.Dx), dw = views.Copy(p.Dw), db = views.Copy(p.Db);
        CpuBackend.Instance.Convolution(p.X, p.W, y, p.Geometry);
        CpuBackend.Instance.ConvolutionBackwardData(p.Dy, p.W, dx, p.Geometry);
        CpuBackend.Instance.ConvolutionBackwardWeight(p.X, p.Dy, dw, db, p.Geometry);
        WorkerPool.Shared.Run(2, new InsidePool(p));
        Assert.Multiple(() =>
        {
            Assert.That(GuardedViews.Values(p.Y), Is.EqualTo(GuardedViews.Values(y)));
            Assert.That(GuardedViews.Values(p.Dx), Is.EqualTo(GuardedViews.Values(dx)));
            Assert.That(GuardedViews.Values(p.Dw), Is.EqualTo(GuardedViews.Values(dw)));
            Assert.That(GuardedViews.Values(p.Db), Is.EqualTo(GuardedViews.Values(db)));
        });
    }

    /// <summary>Inside a part of a job, the pool runs everything on the calling thread.</summary>
    private readonly struct InsidePool(ConvolutionProblem p) : IParallelBody
    {
        public void Invoke(int index)
        {
            if (index == 0)
            {
                CpuBackend.Instance.Convolution(p.X, p.W, p.Y, p.Geometry);
                CpuBackend.Instance.ConvolutionBackwardData(p.Dy, p.W, p.Dx, p.Geometry);
                CpuBackend.Instance.ConvolutionBackwardWeight(p.X, p.Dy, p.Dw, p.Db, p.Geometry);
            }
        }
    }

    private static void AssertClose(string what, View got, View expected, long terms)
    {
        string? mismatch = Closeness.Mismatch<float>(
            GuardedViews.Values(got), GuardedViews.Values(expected), Tolerance.Accumulated(DType.F32, terms + 1, 1), got.Shape.AsSpan());
        Assert.That(mismatch, Is.Null, what);
    }
}
