namespace RawSer.Optim;

/// <summary>When to lower the rate; names and defaults of PyTorch's ReduceLROnPlateau.</summary>
public sealed record PlateauOptions
{
    /// <summary>Whether larger metrics are better.</summary>
    public bool Maximise { get; init; }

    /// <summary>What the rate is multiplied by; below 1.</summary>
    public double Factor { get; init; } = 0.1;

    /// <summary>Bad epochs that are tolerated: the next one lowers the rate.</summary>
    public int Patience { get; init; } = 10;

    /// <summary>How much better than the best an improvement must be.</summary>
    public double Threshold { get; init; } = 1e-4;

    /// <summary>Whether the threshold is a difference instead of a share of the best.</summary>
    public bool AbsoluteThreshold { get; init; }

    /// <summary>Epochs after a reduction in which bad ones do not count.</summary>
    public int Cooldown { get; init; }

    /// <summary>The rate does not fall below this.</summary>
    public double MinimumRate { get; init; }

    /// <summary>A smaller change is not made.</summary>
    public double SmallestChange { get; init; } = 1e-8;
}

/// <summary>What is remembered between epochs.</summary>
/// <param name="Best">Best metric so far.</param>
/// <param name="BadEpochs">Epochs since then that counted.</param>
/// <param name="Cooldown">Epochs of rest that are left.</param>
public sealed record PlateauState(double Best, int BadEpochs, int Cooldown);

/// <summary>PyTorch's ReduceLROnPlateau as a policy; that of Keras, which counts differently, is <see cref="Training.ReduceOnPlateau"/>.</summary>
public sealed class ReduceRateOnPlateau
{
    private readonly PlateauOptions _options;

    /// <summary>A policy at the start of training.</summary>
    /// <exception cref="ArgumentException">The factor is not in [0, 1), or patience or cooldown is negative.</exception>
    public ReduceRateOnPlateau(PlateauOptions options)
    {
        if (options.Factor is not (>= 0 and < 1) || options.Patience < 0 || options.Cooldown < 0)
        {
            throw new ArgumentException(
                FormattableString.Invariant($"reduction on a plateau with factor {options.Factor}, patience {options.Patience}, cooldown {options.Cooldown}: expected a factor from 0 to below 1, the others from 0"));
        }

        _options = options;
        State = new PlateauState(options.Maximise ? double.NegativeInfinity : double.PositiveInfinity, 0, 0);
    }

    /// <summary>What is remembered; set it to resume.</summary>
    public PlateauState State { get; set; }

    /// <summary>Takes note of the metric after an epoch; NaN is no improvement.</summary>
    /// <returns>The rate for the next epoch.</returns>
    public double Observe(double metric, double rate)
    {
        (double best, int bad, int cooldown) = IsBetter(metric) ? (metric, 0, State.Cooldown) : (State.Best, State.BadEpochs + 1, State.Cooldown);
        if (cooldown > 0)
        {
            (bad, cooldown) = (0, cooldown - 1);
        }

        double lowered = rate;
        if (bad > _options.Patience)
        {
            double candidate = Math.Max(rate * _options.Factor, _options.MinimumRate);
            lowered = rate - candidate > _options.SmallestChange ? candidate : rate;
            (bad, cooldown) = (0, _options.Cooldown);
        }

        State = new PlateauState(best, bad, cooldown);
        return lowered;
    }

    private bool IsBetter(double metric)
    {
        double sign = _options.Maximise ? 1 : -1;
        double bar = _options.AbsoluteThreshold ? State.Best + (sign * _options.Threshold) : State.Best * (1 + (sign * _options.Threshold));
        return _options.Maximise ? metric > bar : metric < bar;
    }
}
