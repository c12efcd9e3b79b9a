namespace RawSer.Kernels.Tests.Elementwise;

/// <summary>Errors in units of the last place (ulp) of the exact result as a float.</summary>
internal static class Ulps
{
    /// <summary>Distance of a float from the exact value; infinite where a NaN, an infinity or the sign of a zero is missed.</summary>
    public static double Between(float got, double exact)
    {
        float rounded = (float)exact;
        if (float.IsNaN(got) || double.IsNaN(exact))
        {
            return float.IsNaN(got) && double.IsNaN(exact) ? 0 : double.PositiveInfinity;
        }

        if (!float.IsFinite(got) || !float.IsFinite(rounded))
        {
            // One of the two is infinite: right only if the exact value lies within a unit of the limit.
            return got == rounded ? 0 : Math.Abs(exact) is > 3.4028232e38 and < 3.4028238e38 ? 1 : double.PositiveInfinity;
        }

        return got == 0 && exact == 0 && float.IsNegative(got) != double.IsNegative(exact) ? double.PositiveInfinity : Math.Abs(got - exact) / Unit(rounded);
    }

    private static double Unit(float x) => Math.ScaleB(1, Math.Max(x == 0 ? -126 : Math.ILogB(x), -126) - 23);
}
