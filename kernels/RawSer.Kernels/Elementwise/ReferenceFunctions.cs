using System.Numerics;

namespace RawSer.Kernels;

public sealed unsafe partial class ReferenceBackend
{
    /// <summary>
    /// Error function in double. Up to 3 the series 2/sqrt(pi) e^(-x^2) sum 2^n x^(2n+1) / (1 3 5 ... (2n+1)), whose terms are all
    /// positive; beyond, 1 less the continued fraction of erfc (Abramowitz and Stegun 7.1.6 and 7.1.14).
    /// </summary>
    internal static double Erf(double x)
    {
        double z = Math.Abs(x);
        if (z > 3)
        {
            return double.IsNaN(x) ? x : Math.CopySign(1 - ErfcTail(z), x);
        }

        double term = z, sum = z;
        for (int n = 1; term > sum * 1e-17; n++)
        {
            term *= 2 * z * z / ((2 * n) + 1);
            sum += term;
        }

        return double.IsNaN(x) ? x : Math.CopySign(2 / Math.Sqrt(Math.PI) * Math.Exp(-z * z) * sum, x);
    }

    /// <summary>erfc(z) for z &gt; 3: e^(-z^2) / sqrt(pi) times 1/(z + (1/2)/(z + 1/(z + (3/2)/(z + ...)))).</summary>
    private static double ErfcTail(double z)
    {
        double fraction = z;
        for (int k = 60; k >= 1; k--)
        {
            fraction = z + (0.5 * k / fraction);
        }

        return z > 30 ? 0 : Math.Exp(-z * z) / (Math.Sqrt(Math.PI) * fraction);
    }

    /// <summary>Phi(x) = erfc(-x / sqrt 2) / 2.</summary>
    private static T NormalCdf<T>(T x) where T : IBinaryFloatingPointIeee754<T>
    {
        double t = double.CreateChecked(x) / Math.Sqrt(2);
        return T.CreateChecked(t < -3 ? 0.5 * ErfcTail(-t) : 0.5 * (1 + Erf(t)));
    }

    private static T Sigmoid<T>(T x) where T : IBinaryFloatingPointIeee754<T> => T.One / (T.One + T.Exp(-x));

    /// <summary>log(1 + x): log(u) x / (u - 1) with u = 1 + x rounded, which cancels the rounding of u (Kahan).</summary>
    private static T Log1p<T>(T x) where T : IBinaryFloatingPointIeee754<T>
    {
        T u = T.One + x;
        return u == T.One ? x : T.IsPositiveInfinity(u) ? u : T.Log(u) * (x / (u - T.One));
    }

    /// <summary>e^x - 1 as tanh(x / 2) (e^x + 1), which cancels nothing for small x.</summary>
    private static T Expm1<T>(T x) where T : IBinaryFloatingPointIeee754<T> => T.Tanh(x * T.CreateChecked(0.5)) * (T.Exp(x) + T.One);

    /// <summary>x^exponent; as in PyTorch, exponents of one half are square roots: NaN for -infinity.</summary>
    private static T Power<T>(T x, T exponent) where T : IBinaryFloatingPointIeee754<T>
    {
        T half = T.CreateChecked(0.5);
        return exponent == half ? T.Sqrt(x) : exponent == -half ? T.One / T.Sqrt(x) : T.Pow(x, exponent);
    }

    private static T Sign<T>(T x) where T : IBinaryFloatingPointIeee754<T> => x > T.Zero ? T.One : x < T.Zero ? -T.One : T.Zero;

    private static T GeluInner<T>(T x) where T : IBinaryFloatingPointIeee754<T> =>
        T.CreateChecked(Math.Sqrt(2 / Math.PI)) * (x + (T.CreateChecked(0.044715) * x * x * x));

    /// <summary>With t = tanh(u): (1 + t) / 2 + x (1 - t^2) u' / 2.</summary>
    private static T GeluTanhDerivative<T>(T x) where T : IBinaryFloatingPointIeee754<T>
    {
        T half = T.CreateChecked(0.5);
        T t = T.Tanh(GeluInner(x));
        T slope = T.CreateChecked(Math.Sqrt(2 / Math.PI)) * (T.One + (T.CreateChecked(3 * 0.044715) * x * x));
        return (half * (T.One + t)) + (half * x * (T.One - (t * t)) * slope);
    }
}
