namespace RawSer.Kernels.Tests.Elementwise;

/// <summary>Functions in double that the base library does not have, or has with cancellation: exact as far as a float can tell.</summary>
internal static class ExactFunctions
{
    /// <summary>log(1 + x): log(u) x / (u - 1) with u = 1 + x rounded, which cancels the rounding of u (Kahan).</summary>
    public static double Log1p(double x)
    {
        double u = 1 + x;
        return u == 1 ? x : double.IsPositiveInfinity(u) ? u : Math.Log(u) * (x / (u - 1));
    }

    /// <summary>e^x - 1 = tanh(x / 2) (e^x + 1).</summary>
    public static double Expm1(double x) => Math.Tanh(x / 2) * (Math.Exp(x) + 1);

    /// <summary>1 / (1 + e^-x).</summary>
    public static double Sigmoid(double x) => x < 0 ? Math.Exp(x) / (1 + Math.Exp(x)) : 1 / (1 + Math.Exp(-x));

    /// <summary>log(1 + e^x).</summary>
    public static double Softplus(double x) => Math.Max(x, 0) + Log1p(Math.Exp(-Math.Abs(x)));

    /// <summary>erfc(z) for z &gt;= 0: from 3 on by its continued fraction (Abramowitz and Stegun 7.1.14).</summary>
    public static double Erfc(double z)
    {
        if (z < 3)
        {
            return 1 - ReferenceBackend.Erf(z);
        }

        double fraction = z;
        for (int k = 80; k >= 1; k--)
        {
            fraction = z + (0.5 * k / fraction);
        }

        return z > 30 ? 0 : Math.Exp(-z * z) / (Math.Sqrt(Math.PI) * fraction);
    }

    /// <summary>Distribution function of the standard normal distribution, erfc(-x / sqrt 2) / 2.</summary>
    public static double NormalCdf(double x) => double.IsNaN(x) ? x : x < 0 ? 0.5 * Erfc(-x / Math.Sqrt(2)) : 1 - (0.5 * Erfc(x / Math.Sqrt(2)));
}
