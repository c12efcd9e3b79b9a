namespace RawSer.Training;

/// <summary>
/// The learning-rate schedules of <c>keras.optimizers.schedules</c> as functions of the step (the number of updates done, from 0). Formulas and parameter
/// names are those of the Keras reference; rates are computed in double precision.
/// </summary>
public static class KerasSchedules
{
    /// <summary><c>initial * decayRate^(step / decaySteps)</c>; a staircase rounds the exponent down.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There are no decay steps.</exception>
    public static double ExponentialDecay(long step, double initial, double decaySteps, double decayRate, bool staircase = false) =>
        initial * Math.Pow(decayRate, Exponent(step, decaySteps, staircase));

    /// <summary><c>initial / (1 + decayRate * step / decaySteps)</c>; a staircase rounds the quotient down.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There are no decay steps.</exception>
    public static double InverseTimeDecay(long step, double initial, double decaySteps, double decayRate, bool staircase = false) =>
        initial / (1 + (decayRate * Exponent(step, decaySteps, staircase)));

    /// <summary>From initial to <paramref name="end"/> within <paramref name="decaySteps"/>, as <c>(1 - step / decaySteps)^power</c>; constant afterwards, or in cycles of growing length.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There are no decay steps.</exception>
    public static double PolynomialDecay(long step, double initial, double decaySteps, double end = 1e-4, double power = 1, bool cycle = false)
    {
        double length = Positive(decaySteps) * (cycle ? Math.Max(1, Math.Ceiling(step / decaySteps)) : 1);
        return ((initial - end) * Math.Pow(1 - (Math.Min(step, length) / length), power)) + end;
    }

    /// <summary>Half a cosine from initial to <c>alpha * initial</c> within <paramref name="decaySteps"/>; constant afterwards.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There are no decay steps.</exception>
    public static double CosineDecay(long step, double initial, double decaySteps, double alpha = 0) =>
        initial * Cosine(Math.Min(step, decaySteps) / Positive(decaySteps), alpha, 1);

    /// <summary>Half cosines one after the other; each is <paramref name="lengthFactor"/> times as long (t_mul) and starts <paramref name="rateFactor"/> times as high (m_mul) as the one before.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There are no decay steps.</exception>
    public static double CosineDecayRestarts(long step, double initial, double firstDecaySteps, double lengthFactor = 2, double rateFactor = 1, double alpha = 0)
    {
        double fraction = step / Positive(firstDecaySteps);
        double restarts;
        if (lengthFactor == 1)
        {
            restarts = Math.Floor(fraction);
            fraction -= restarts;
        }
        else
        {
            // Start of period i, in first periods: (1 - t^i) / (1 - t).
            restarts = Math.Floor(Math.Log(1 - (fraction * (1 - lengthFactor))) / Math.Log(lengthFactor));
            double length = Math.Pow(lengthFactor, restarts);
            fraction = (fraction - ((1 - length) / (1 - lengthFactor))) / length;
        }

        return initial * Cosine(fraction, alpha, Math.Pow(rateFactor, restarts));
    }

    /// <summary><c>values[i]</c> while the step is at most <c>boundaries[i]</c>; the last value afterwards.</summary>
    /// <exception cref="ArgumentException">There is not one value more than boundaries.</exception>
    public static double PiecewiseConstantDecay(long step, ReadOnlySpan<double> boundaries, ReadOnlySpan<double> values)
    {
        if (values.Length != boundaries.Length + 1)
        {
            throw new ArgumentException($"piecewise constant rate: {values.Length} values for {boundaries.Length} boundaries; expected one value more than boundaries");
        }

        int piece = 0;
        while (piece < boundaries.Length && step > boundaries[piece])
        {
            piece++;
        }

        return values[piece];
    }

    private static double Exponent(long step, double decaySteps, bool staircase)
    {
        double exponent = step / Positive(decaySteps);
        return staircase ? Math.Floor(exponent) : exponent;
    }

    private static double Positive(double decaySteps) => decaySteps > 0
        ? decaySteps
        : throw new ArgumentOutOfRangeException(nameof(decaySteps), FormattableString.Invariant($"learning-rate schedule: {decaySteps} decay steps; expected more than 0"));

    private static double Cosine(double fraction, double alpha, double height) => ((1 - alpha) * 0.5 * height * (1 + Math.Cos(Math.PI * fraction))) + alpha;
}
