using System.Runtime.Intrinsics;
using RawSer.Kernels;
using RawSer.Testing;

namespace RawSer.Kernels.Tests.Convolution;

/// <summary>Convolutions with packed kernels (Winograd's) against the reference backend's plain sums.</summary>
public sealed class PackedConvolutionTests
{
    [TestCase(1, 32, 32, 1, 1, 1)]
    [TestCase(2, 33, 41, 7, 9, 1)]
    [TestCase(1, 64, 64, 28, 28, 1)]
    [TestCase(1, 40, 72, 14, 14, 1)]
    [TestCase(3, 32, 35, 5, 100, 0)]
    [TestCase(1, 48, 32, 37, 23, 2)]
    [TestCase(1, 512, 40, 6, 15, 1)]
    [TestCase(1, 36, 33, 3, 203, 3)]
    public void Agree_with_the_reference(int batch, int channels, int outputs, int height, int width, int pad)
    {
        Random random = new(channels);
        using GuardedViews views = new();
        int outH = height + (2 * pad) - 2, outW = width + (2 * pad) - 2;
        ConvolutionProblem p = ConvolutionProblem.Of(random, views, [batch, channels, height, width], [outputs, channels, 3, 3], outH, outW, new(1, 1, pad, pad, 1, 1, 1));
        View bias = views.Random(random, [outputs], [2]);
        using PackedConvolution? packed = Pack(p.W, p.Geometry);
        if (packed is null)
        {
            return;
        }

        foreach (UnaryOp? activation in new UnaryOp?[] { null, UnaryOp.Relu, UnaryOp.Sigmoid })
        {
            View expected = views.Copy(p.Y);
            CpuBackend.Instance.ConvolutionPacked(p.X, packed, bias, p.Y, p.Geometry, activation);
            ReferenceBackend.Instance.ConvolutionBias(p.X, p.W, bias, expected, p.Geometry, activation);
            AssertClose(p.Y, expected, channels);
        }

        CpuBackend.Instance.ConvolutionPacked(p.X, packed, default, p.Y, p.Geometry);
        View plain = views.Copy(p.Y);
        ReferenceBackend.Instance.Convolution(p.X, p.W, plain, p.Geometry);
        AssertClose(p.Y, plain, channels);
        views.CheckGuards();
    }

    [TestCase(1, 64, 64, 28, 28, 2, 2)]
    [TestCase(2, 32, 40, 9, 15, 2, 2)]
    [TestCase(1, 32, 40, 9, 15, 3, 3)]
    [TestCase(1, 32, 40, 9, 15, 2, 1)]
    public void Pooled_results_agree_with_the_reference(int batch, int channels, int outputs, int height, int width, int kernel, int stride)
    {
        Random random = new(height);
        using GuardedViews views = new();
        View x = views.Random(random, [batch, channels, height, width]), w = views.Random(random, [outputs, channels, 3, 3]), bias = views.Random(random, [outputs]);
        ConvGeometry geometry = new(1, 1, 1, 1, 1, 1, 1);
        PoolWindows windows = new(PoolAxis.Windows(height, kernel, stride), PoolAxis.Windows(width, kernel, stride));
        View y = views.Random(random, [batch, outputs, windows.Rows.Output, windows.Columns.Output]), expected = views.Copy(y);
        using PackedConvolution? packed = Pack(w, geometry);
        if (packed is null)
        {
            return;
        }

        CpuBackend.Instance.ConvolutionPacked(x, packed, bias, y, geometry, UnaryOp.Relu, windows);
        ReferenceBackend.Instance.ConvolutionBiasReluMaxPool(x, w, bias, expected, geometry, windows);
        AssertClose(y, expected, channels);
        views.CheckGuards();
    }

    [Test]
    public void Other_kernels_are_not_packed()
    {
        using GuardedViews views = new();
        Random random = new(1);
        View w = views.Random(random, [64, 64, 3, 3]), small = views.Random(random, [64, 3, 3, 3]), wide = views.Random(random, [64, 64, 5, 5]);
        Assert.Multiple(() =>
        {
            Assert.That(CpuBackend.Instance.PackConvolution(w, new(2, 2, 1, 1, 1, 1, 1)), Is.Null, "stride");
            Assert.That(CpuBackend.Instance.PackConvolution(w, new(1, 1, 1, 1, 2, 2, 1)), Is.Null, "dilation");
            Assert.That(CpuBackend.Instance.PackConvolution(small, new(1, 1, 1, 1, 1, 1, 1)), Is.Null, "channels");
            Assert.That(CpuBackend.Instance.PackConvolution(wide, new(1, 1, 1, 1, 1, 1, 1)), Is.Null, "kernel");
        });
    }

    [Test]
    public void Nan_stays()
    {
        using GuardedViews views = new();
        Random random = new(1);
        View x = views.Random(random, [1, 32, 8, 8]), w = views.Random(random, [32, 32, 3, 3]), bias = views.Random(random, [32]);
        ConvGeometry geometry = new(1, 1, 1, 1, 1, 1, 1);
        using PackedConvolution? packed = Pack(w, geometry);
        if (packed is null)
        {
            return;
        }

        unsafe
        {
            x.Pointer<float>()[0] = float.NaN;
        }

        PoolWindows windows = new(PoolAxis.Windows(8, 2, 2), PoolAxis.Windows(8, 2, 2));
        View y = views.Random(random, [1, 32, 4, 4]);
        CpuBackend.Instance.ConvolutionPacked(x, packed, bias, y, geometry, UnaryOp.Relu, windows);
        Assert.That(GuardedViews.Values(y)[0], Is.NaN);
    }

    /// <summary>Packed kernels; null without vectors, where the plain sums are all there is, and nowhere else.</summary>
    private static PackedConvolution? Pack(View w, ConvGeometry geometry)
    {
        PackedConvolution? packed = CpuBackend.Instance.PackConvolution(w, geometry);
        Assert.That(packed is not null, Is.EqualTo(Vector128.IsHardwareAccelerated), "packed where the processor has vectors");
        return packed;
    }

    private static void AssertClose(View got, View expected, int channels)
    {
        string? mismatch = Closeness.Mismatch<float>(
            GuardedViews.Values(got), GuardedViews.Values(expected), Tolerance.Accumulated(DType.F32, (channels * 9L) + 1, 1), got.Shape.AsSpan());
        Assert.That(mismatch, Is.Null);
    }
}
