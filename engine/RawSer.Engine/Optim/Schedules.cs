namespace RawSer.Optim;

/// <summary>
/// PyTorch's learning-rate schedules and the warm-up schedules of transformers, as functions of the step (or epoch) from 0. Parameter
/// names are PyTorch's; those of Keras are in <see cref="Training.KerasSchedules"/>.
/// </summary>
public static class Schedules
{
    /// <summary>Times gamma every <paramref name="stepSize"/> steps (StepLR).</summary>
    /// <exception cref="ArgumentOutOfRangeException">The step size is not positive.</exception>
    public static double Step(long step, double initial, int stepSize, double gamma = 0.1) =>
        initial * Math.Pow(gamma, step / Positive(stepSize, nameof(stepSize), "step schedule"));

    /// <summary>Times gamma at each milestone (MultiStepLR).</summary>
    public static double MultiStep(long step, double initial, ReadOnlySpan<int> milestones, double gamma = 0.1)
    {
        int passed = 0;
        foreach (int milestone in milestones)
        {
            passed += step >= milestone ? 1 : 0;
        }

        return initial * Math.Pow(gamma, passed);
    }

    /// <summary>Times gamma in every step (ExponentialLR).</summary>
    public static double Exponential(long step, double initial, double gamma) => initial * Math.Pow(gamma, step);

    /// <summary>A cosine from initial to <paramref name="minimum"/> in <paramref name="period"/> steps and back (CosineAnnealingLR: it rises again after T_max).</summary>
    /// <exception cref="ArgumentOutOfRangeException">The period is not positive.</exception>
    public static double CosineAnnealing(long step, double initial, int period, double minimum = 0) =>
        minimum + ((initial - minimum) * (1 + Math.Cos(Math.PI * step / Positive(period, nameof(period), "cosine annealing"))) / 2);

    /// <summary>Half cosines from initial to minimum, each <paramref name="lengthFactor"/> times as long as the one before (CosineAnnealingWarmRestarts: T_0, T_mult).</summary>
    /// <exception cref="ArgumentOutOfRangeException">Period or length factor is not positive.</exception>
    public static double CosineRestarts(long step, double initial, int firstPeriod, int lengthFactor = 1, double minimum = 0)
    {
        long period = Positive(firstPeriod, nameof(firstPeriod), "cosine restarts"), factor = Positive(lengthFactor, nameof(lengthFactor), "cosine restarts"), at = step;
        while (at >= period)
        {
            at -= period;
            period *= factor;
        }

        return CosineAnnealing(at, initial, checked((int)period), minimum);
    }

    /// <summary>The factor goes in a line from start to end in <paramref name="total"/> steps (LinearLR).</summary>
    /// <exception cref="ArgumentOutOfRangeException">The total is not positive.</exception>
    public static double Linear(long step, double initial, double startFactor = 1.0 / 3, double endFactor = 1, int total = 5) =>
        initial * (startFactor + ((endFactor - startFactor) * Math.Min(step, total) / Positive(total, nameof(total), "linear schedule")));

    /// <summary><c>(1 - step/total)^power</c>, then 0 (PolynomialLR).</summary>
    /// <exception cref="ArgumentOutOfRangeException">The total is not positive.</exception>
    public static double Polynomial(long step, double initial, int total = 5, double power = 1) =>
        initial * Math.Pow(1 - ((double)Math.Min(step, total) / Positive(total, nameof(total), "polynomial schedule")), power);

    /// <summary>
    /// Half a cosine up from maximum/divFactor to maximum in the share <paramref name="warmShare"/> of the steps, half a cosine down to
    /// maximum/divFactor/finalDivFactor in the rest (OneCycleLR; Smith and Topin 2018).
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The step lies behind the cycle.</exception>
    public static double OneCycle(long step, double maximum, int total, double warmShare = 0.3, double divFactor = 25, double finalDivFactor = 1e4)
    {
        if (step >= total)
        {
            throw new ArgumentOutOfRangeException(nameof(step), $"one cycle: step {step} of {total}; the last one is {total - 1}");
        }

        double start = maximum / divFactor, end = start / finalDivFactor, peak = (warmShare * total) - 1;
        return step <= peak ? Cosine(start, maximum, step / peak) : Cosine(maximum, end, (step - peak) / (total - 1 - peak));

        static double Cosine(double from, double to, double share) => to + ((from - to) / 2 * (1 + Math.Cos(Math.PI * share)));
    }

    /// <summary>A line up from 0 in <paramref name="warmup"/> steps, a line down to 0 at <paramref name="total"/>.</summary>
    public static double WarmupLinear(long step, double initial, int warmup, int total) =>
        initial * (step < warmup ? (double)step / warmup : Math.Max(0, 1 - Progress(step, warmup, total)));

    /// <summary>A line up from 0 in <paramref name="warmup"/> steps, half a cosine down to 0 at <paramref name="total"/>.</summary>
    public static double WarmupCosine(long step, double initial, int warmup, int total) =>
        initial * (step < warmup ? (double)step / warmup : Math.Max(0, (1 + Math.Cos(Math.PI * Progress(step, warmup, total))) / 2));

    private static int Positive(int steps, string parameter, string schedule) =>
        steps > 0 ? steps : throw new ArgumentOutOfRangeException(parameter, $"{schedule}: {parameter} is {steps}; expected a number from 1");

    private static double Progress(long step, int warmup, int total) => (double)(step - warmup) / Math.Max(1, total - warmup);
}
