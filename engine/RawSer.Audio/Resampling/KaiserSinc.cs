namespace RawSer.Audio.Resampling;

/// <summary>Kaiser-windowed sinc functions: ideal low-pass filters cut to a finite length.</summary>
internal static class KaiserSinc
{
    /// <summary>
    /// One wing of rolloff * sinc(rolloff t) * kaiser(t / zeros), t from 0 to <paramref name="zeros"/> in steps of 1 / stepsPerZero:
    /// zeros * stepsPerZero + 1 values.
    /// </summary>
    public static double[] Wing(int zeros, int stepsPerZero, double beta, double rolloff)
    {
        int n = zeros * stepsPerZero;
        double[] wing = new double[n + 1];
        double norm = BesselI0(beta);
        for (int i = 0; i <= n; i++)
        {
            double t = (double)i / stepsPerZero, edge = (double)i / n;
            wing[i] = rolloff * Sinc(rolloff * t) * BesselI0(beta * Math.Sqrt(1 - edge * edge)) / norm;
        }

        return wing;
    }

    /// <summary>sin(pi t) / (pi t).</summary>
    public static double Sinc(double t) => t == 0 ? 1 : Math.Sin(Math.PI * t) / (Math.PI * t);

    /// <summary>The modified Bessel function of order 0 by its power series: sum of ((x/2)^k / k!)^2.</summary>
    public static double BesselI0(double x)
    {
        double quarter = x * x / 4, term = 1, sum = 1;
        for (int k = 1; term > sum * 1e-17; k++)
        {
            term *= quarter / ((double)k * k);
            sum += term;
        }

        return sum;
    }
}
