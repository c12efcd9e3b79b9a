using RawSer.Kernels;
using RawSer.Testing;

namespace RawSer.Engine.Tests.Goldens;

public sealed class ToleranceTests
{
    [TestCase(1.0, 1.0, true)]
    [TestCase(0.0, -0.0, true)]
    [TestCase(1.1, 1.0, true)]
    [TestCase(1.2, 1.0, false)]
    [TestCase(double.NaN, double.NaN, true)]
    [TestCase(double.NaN, 1.0, false)]
    [TestCase(1.0, double.NaN, false)]
    [TestCase(double.PositiveInfinity, double.PositiveInfinity, true)]
    [TestCase(double.PositiveInfinity, double.NegativeInfinity, false)]
    [TestCase(1e308, double.PositiveInfinity, false)]
    [TestCase(double.PositiveInfinity, 1e308, false)]
    public void AcceptsByAbsolutePlusRelativeDifference(double got, double expected, bool accepted) =>
        Assert.That(new Tolerance(0.1, 0.05).Accepts(got, expected), Is.EqualTo(accepted));

    [Test]
    public void ExactToleratesNothing()
    {
        Assert.That(Tolerance.Exact.Accepts(1, Math.BitIncrement(1.0)), Is.False);
        Assert.That(Tolerance.Exact.Accepts(1, 1), Is.True);
    }

    [Test]
    public void RoundedIsHalfAUnitInTheLastPlace([Values(DType.F64, DType.F32, DType.F16, DType.BF16)] DType type)
    {
        double unit = type switch { DType.F64 => Math.ScaleB(1, -52), DType.F32 => Math.ScaleB(1, -23), DType.F16 => Math.ScaleB(1, -10), _ => Math.ScaleB(1, -7) };
        Assert.That(Tolerance.Rounded(type).Accepts(1 + unit / 2, 1), Is.True);
        Assert.That(Tolerance.Rounded(type).Accepts(1 + unit, 1), Is.False);
    }

    [Test]
    public void LevelsGrowWithTheWork()
    {
        double Width(Tolerance tolerance) => tolerance.At(1);
        Assert.That(Width(Tolerance.Rounded(DType.F32)), Is.LessThan(Width(Tolerance.Arithmetic(DType.F32))));
        Assert.That(Width(Tolerance.Arithmetic(DType.F32)), Is.LessThan(Width(Tolerance.Transcendental(DType.F32))));
        Assert.That(Width(Tolerance.Accumulated(DType.F32, 1000, 1)), Is.LessThan(Width(Tolerance.Winograd(DType.F32, 1000, 1))));
        Assert.That(Width(Tolerance.Winograd(DType.F32, 1000, 1)), Is.LessThan(1e-3));
    }

    [Test]
    public void MismatchNamesTheWorstElement()
    {
        float[] expected = [1, 2, 3, 4, 5, 6];
        float[] got = [1, 2.5f, 3, 4, 7, 6];
        Assert.That(Closeness.Mismatch<float>(expected, expected, Tolerance.Exact), Is.Null);
        Assert.That(
            Closeness.Mismatch<float>(got, expected, Tolerance.Arithmetic(DType.F32), [2, 3]),
            Does.StartWith("[1, 1] got 7, expected 5, difference 2").And.EndsWith("2 of 6 elements differ"));
        Assert.That(Closeness.Mismatch<float>(got.AsSpan(1), expected, Tolerance.Exact), Is.EqualTo("5 elements, expected 6"));
    }
}
