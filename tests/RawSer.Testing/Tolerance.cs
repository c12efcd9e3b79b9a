using RawSer.Kernels;

namespace RawSer.Testing;

/// <summary>
/// How far a result may be from the expected value: |got - expected| &lt;= Absolute + Relative * |expected|; NaN equals NaN, infinities
/// equal themselves. Goldens bring their own numbers; every other test takes a named level, so that a tolerance says what it is for.
/// </summary>
public readonly record struct Tolerance(double Relative, double Absolute)
{
    /// <summary>Equal values (0 equals -0): copies, indices, comparisons, results that must be bit-identical.</summary>
    public static readonly Tolerance Exact = new(0, 0);

    /// <summary>Analytic gradient against central differences with step 1e-5, both in F64.</summary>
    public static readonly Tolerance CentralDifferences = new(1e-5, 1e-7);

    /// <summary>Result stored in a type: half a unit in the last place, and half the smallest subnormal.</summary>
    public static Tolerance Rounded(DType type) => type switch
    {
        DType.F64 => new(Math.ScaleB(1, -53), Math.ScaleB(1, -1074)),
        DType.F32 => new(Math.ScaleB(1, -24), Math.ScaleB(1, -150)),
        DType.F16 => new(Math.ScaleB(1, -11), Math.ScaleB(1, -25)),
        DType.BF16 => new(Math.ScaleB(1, -8), Math.ScaleB(1, -134)),
        _ => Exact,
    };

    /// <summary>A few arithmetic operations per element: add, multiply, divide, square root, fused or not. Four roundings.</summary>
    public static Tolerance Arithmetic(DType type) => 4 * Rounded(type);

    /// <summary>Exp, log, tanh, erf, sigmoid, GELU, sine and power: polynomial or rational approximations within 16 roundings.</summary>
    public static Tolerance Transcendental(DType type) => 32 * Rounded(type);

    /// <summary>
    /// A sum of <paramref name="terms"/> products or values, each at most <paramref name="magnitude"/> in absolute value, in any order: sum,
    /// mean, matrix product, direct convolution, STFT bin. One rounding of a partial sum per term, in the worst case half of them at full size.
    /// </summary>
    public static Tolerance Accumulated(DType type, long terms, double magnitude)
    {
        Tolerance rounded = Rounded(type);
        return new(4 * rounded.Relative, rounded.Relative * Math.Max(terms, 1) * magnitude);
    }

    /// <summary>Winograd F(4x4, 3x3) convolution, whose transforms amplify rounding about tenfold against the direct sum.</summary>
    public static Tolerance Winograd(DType type, long terms, double magnitude) => Accumulated(type, terms, magnitude) with
    {
        Absolute = 10 * Accumulated(type, terms, magnitude).Absolute,
    };

    /// <summary>The same tolerance <paramref name="factor"/> times as wide.</summary>
    public static Tolerance operator *(double factor, Tolerance tolerance) => new(factor * tolerance.Relative, factor * tolerance.Absolute);

    /// <summary>The allowed difference at an expected value.</summary>
    public double At(double expected) => Absolute + Relative * Math.Abs(expected);

    /// <summary>The difference as a share of what is allowed: at most 1 if accepted, infinite if never acceptable.</summary>
    public double Ratio(double got, double expected)
    {
        if (got == expected || double.IsNaN(got) && double.IsNaN(expected))
        {
            return 0;
        }

        if (!double.IsFinite(got) || !double.IsFinite(expected))
        {
            return double.PositiveInfinity;
        }

        double difference = Math.Abs(got - expected);
        double allowed = At(expected);
        return allowed > 0 ? difference / allowed : double.PositiveInfinity;
    }

    /// <summary>True if the value is accepted.</summary>
    public bool Accepts(double got, double expected) => Ratio(got, expected) <= 1;

    /// <summary>For example <c>rtol 1E-05, atol 1E-06</c>.</summary>
    public override string ToString() => $"rtol {Relative:g4}, atol {Absolute:g4}";
}
