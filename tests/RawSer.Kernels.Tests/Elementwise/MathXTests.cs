using RawSer.Kernels;

namespace RawSer.Kernels.Tests.Elementwise;

/// <summary>The error bounds that MathX documents, over floats of the whole range, and equal bits for every register width.</summary>
public sealed class MathXTests
{
    /// <summary>Every 4001st float (a prime, so that all mantissa endings occur): about a million arguments.</summary>
    private const uint Step = 4001;

    private static readonly object[] Functions =
    [
        new object[] { "exp", (Func<float, float>)MathX.Exp, (Func<double, double>)Math.Exp, 1.0 },
        new object[] { "log", (Func<float, float>)MathX.Log, (Func<double, double>)Math.Log, 1.0 },
        new object[] { "exp2", (Func<float, float>)MathX.Exp2, (Func<double, double>)(x => Math.Pow(2, x)), 1.0 },
        new object[] { "log2", (Func<float, float>)MathX.Log2, (Func<double, double>)Math.Log2, 1.0 },
        new object[] { "sqrt", (Func<float, float>)MathX.Sqrt, (Func<double, double>)Math.Sqrt, 0.5 },
        new object[] { "rsqrt", (Func<float, float>)MathX.Rsqrt, (Func<double, double>)(x => 1 / Math.Sqrt(x)), 1.5 },
        new object[] { "log1p", (Func<float, float>)MathX.Log1p, (Func<double, double>)ExactFunctions.Log1p, 2.0 },
        new object[] { "expm1", (Func<float, float>)MathX.Expm1, (Func<double, double>)ExactFunctions.Expm1, 3.0 },
        new object[] { "tanh", (Func<float, float>)MathX.Tanh, (Func<double, double>)Math.Tanh, 2.0 },
        new object[] { "erf", (Func<float, float>)MathX.Erf, (Func<double, double>)ReferenceBackend.Erf, 2.0 },
    ];

    [TestCaseSource(nameof(Functions))]
    public void Error_stays_within_the_documented_ulps(string name, Func<float, float> function, Func<double, double> exact, double bound)
    {
        double worst = 0;
        float at = 0;
        for (ulong bits = 0; bits <= uint.MaxValue; bits += Step)
        {
            float x = BitConverter.UInt32BitsToSingle((uint)bits);
            double ulps = Ulps.Between(function(x), exact(x));
            if (!(ulps <= worst))
            {
                (worst, at) = (ulps, x);
            }
        }

        TestContext.Out.WriteLine($"{name}: {worst:f3} ulp at {at:g9}");
        Assert.That(worst, Is.LessThanOrEqualTo(bound), $"{name}({at:g9}) = {function(at):g9}, exact {exact(at):g9}");
    }

    [Test]
    public void Sine_and_cosine_stay_within_two_ulps_up_to_100_000()
    {
        double sin = 0, cos = 0;
        for (uint bits = 0; bits <= BitConverter.SingleToUInt32Bits(100_000); bits += Step)
        {
            float x = BitConverter.UInt32BitsToSingle(bits);
            sin = Math.Max(sin, Math.Max(Ulps.Between(MathX.Sin(x), Math.Sin(x)), Ulps.Between(MathX.Sin(-x), Math.Sin(-x))));
            cos = Math.Max(cos, Math.Max(Ulps.Between(MathX.Cos(x), Math.Cos(x)), Ulps.Between(MathX.Cos(-x), Math.Cos(-x))));
        }

        TestContext.Out.WriteLine($"sin: {sin:f3} ulp, cos: {cos:f3} ulp");
        Assert.That(sin, Is.LessThanOrEqualTo(2));
        Assert.That(cos, Is.LessThanOrEqualTo(2));
    }

    [Test]
    public void Sigmoid_stays_within_three_ulps_above_minus_88()
    {
        double worst = 0;
        for (float x = -87.5f; x < 90; x += 0.00031f)
        {
            worst = Math.Max(worst, Ulps.Between(MathX.Sigmoid(x), 1 / (1 + Math.Exp(-x))));
        }

        Assert.That(worst, Is.LessThanOrEqualTo(3));
    }

    [Test]
    public void Normal_cdf_keeps_relative_digits_in_the_lower_tail()
    {
        for (float x = -10; x < 10; x += 0.0013f)
        {
            double t = x / Math.Sqrt(2);
            double exact = x < 0 ? 0.5 * ExactFunctions.Erfc(-t) : 0.5 * (1 + ReferenceBackend.Erf(t));
            Assert.That(Math.Abs(MathX.NormalCdf(x) - exact) / exact, Is.LessThan(5e-4), $"at {x}");
            Assert.That(MathX.NormalCdf(x), Is.EqualTo(exact).Within(2e-7), $"at {x}");
        }
    }

    [Test]
    public void Power_stays_within_two_ulps_and_follows_ieee_in_special_cases()
    {
        var random = new Random(5);
        double worst = 0;
        for (int i = 0; i < 1_000_000; i++)
        {
            float x = MathF.Exp((float)((random.NextDouble() * 100) - 50));
            float y = (float)((random.NextDouble() * 4) - 2);
            worst = Math.Max(worst, Ulps.Between(MathX.Pow(x, y), Math.Pow(x, y)));
        }

        TestContext.Out.WriteLine($"pow: {worst:f3} ulp");
        Assert.That(worst, Is.LessThanOrEqualTo(2));

        float[] values =
        [
            0, -0f, 1, -1, 2, -2, 3, -3, 0.5f, -0.5f, 2.5f, -2.5f, 8388609, -8388609, 16777216, 1e-40f, -1e-40f, 3e38f, -3e38f,
            float.NaN, float.PositiveInfinity, float.NegativeInfinity,
        ];
        foreach (float x in values)
        {
            foreach (float y in values)
            {
                double exact = Math.Pow(x, y);
                float got = MathX.Pow(x, y);
                Assert.That(Ulps.Between(got, exact), Is.LessThanOrEqualTo(2), $"pow({x}, {y}) = {got}, exact {exact}");
                if (!float.IsNaN(got))
                {
                    Assert.That(float.IsNegative(got), Is.EqualTo(double.IsNegative(exact)), $"sign of pow({x}, {y})");
                }
            }
        }
    }

    [Test]
    public void Sine_and_cosine_of_turns_stay_within_an_ulp_of_one()
    {
        for (float t = -3; t <= 3; t += 0.00007f)
        {
            MathX.SinCosPi(new Simd1(t), out Simd1 sin, out Simd1 cos);
            Assert.That(sin.Value, Is.EqualTo(Math.Sin(Math.PI * t)).Within(1.2e-7), $"sin at {t}");
            Assert.That(cos.Value, Is.EqualTo(Math.Cos(Math.PI * t)).Within(1.2e-7), $"cos at {t}");
        }
    }

    [TestCase(float.NaN, float.NaN, float.NaN, float.NaN, float.NaN)]
    [TestCase(float.PositiveInfinity, float.PositiveInfinity, float.PositiveInfinity, 1f, 1f)]
    [TestCase(float.NegativeInfinity, 0f, float.NaN, -1f, -1f)]
    [TestCase(-1f, 0.36787945f, float.NegativeInfinity, -0.7615942f, -0.8427008f)]
    [TestCase(-1.5f, 0.22313017f, float.NaN, -0.9051483f, -0.9661052f)]
    public void Special_arguments(float x, float exp, float log1p, float tanh, float erf)
    {
        Assert.That(MathX.Exp(x), Is.EqualTo(exp).Within(1).Ulps);
        Assert.That(MathX.Log1p(x), Is.EqualTo(log1p).Within(1).Ulps);
        Assert.That(MathX.Tanh(x), Is.EqualTo(tanh).Within(1).Ulps);
        Assert.That(MathX.Erf(x), Is.EqualTo(erf).Within(1).Ulps);
    }

    [Test]
    public void Odd_functions_keep_signed_zeros_and_subnormals()
    {
        foreach (float x in new[] { -0f, 0f, 1e-45f, -1e-45f, 1e-40f, -1e-40f })
        {
            Assert.That(BitConverter.SingleToInt32Bits(MathX.Tanh(x)), Is.EqualTo(BitConverter.SingleToInt32Bits(x)));
            Assert.That(BitConverter.SingleToInt32Bits(MathX.Log1p(x)), Is.EqualTo(BitConverter.SingleToInt32Bits(x)));
            Assert.That(float.IsNegative(MathX.Erf(x)), Is.EqualTo(float.IsNegative(x)));
        }
    }
}
