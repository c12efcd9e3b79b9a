namespace RawSer.Training;

/// <summary>When to lower the learning rate; names and defaults as in Keras's ReduceLROnPlateau.</summary>
public sealed record ReduceOnPlateauSettings
{
    /// <summary>The watched metric.</summary>
    public string Monitor { get; init; } = "val_loss";

    /// <summary>What the rate is multiplied by; below 1.</summary>
    public double Factor { get; init; } = 0.1;

    /// <summary>Epochs without improvement after which the rate is lowered.</summary>
    public int Patience { get; init; } = 10;

    /// <summary>An improvement is more than this better than the best.</summary>
    public double MinDelta { get; init; } = 1e-4;

    /// <summary>Epochs after a reduction in which nothing is counted.</summary>
    public int Cooldown { get; init; }

    /// <summary>The rate does not fall below this.</summary>
    public double MinRate { get; init; }

    /// <summary>Which values are better.</summary>
    public MonitorDirection Direction { get; init; }
}

/// <summary>What the policy remembers between epochs.</summary>
/// <param name="Best">Best value so far; infinite before the first.</param>
/// <param name="Wait">Epochs since the last improvement.</param>
/// <param name="Cooldown">Epochs of rest that are left.</param>
public sealed record ReduceOnPlateauState(double Best, int Wait, int Cooldown);

/// <summary>Keras's ReduceLROnPlateau, as a policy. The rate is a 32-bit float, as it is in Keras, so that long runs of reductions agree.</summary>
public sealed class ReduceOnPlateau
{
    private readonly ReduceOnPlateauSettings _settings;
    private readonly bool _maximise;

    /// <summary>A policy at the start of training.</summary>
    /// <exception cref="ArgumentException">The factor is not in [0, 1), or patience or cooldown is negative.</exception>
    public ReduceOnPlateau(ReduceOnPlateauSettings settings)
    {
        if (settings.Factor is not (>= 0 and < 1) || settings.Patience < 0 || settings.Cooldown < 0)
        {
            throw new ArgumentException(
                FormattableString.Invariant($"reduction on a plateau with factor {settings.Factor}, patience {settings.Patience}, cooldown {settings.Cooldown}: expected a factor from 0 to below 1, the others from 0"));
        }

        _settings = settings;
        MonitorDirection direction = settings.Direction == MonitorDirection.Auto ? MonitorDirections.ForPlateau(settings.Monitor) : settings.Direction;
        _maximise = direction == MonitorDirection.Max;
        State = new ReduceOnPlateauState(_maximise ? double.NegativeInfinity : double.PositiveInfinity, 0, 0);
    }

    /// <summary>What is remembered; set it to resume.</summary>
    public ReduceOnPlateauState State { get; set; }

    /// <summary>Takes note of the metric after an epoch.</summary>
    /// <param name="value">The metric; NaN is no improvement.</param>
    /// <param name="rate">The rate in effect.</param>
    /// <returns>The rate for the next epoch.</returns>
    public float Observe(double value, float rate)
    {
        bool resting = State.Cooldown > 0;
        int cooldown = resting ? State.Cooldown - 1 : 0;
        if (_maximise ? value > State.Best + _settings.MinDelta : value < State.Best - _settings.MinDelta)
        {
            State = new ReduceOnPlateauState(value, 0, cooldown);
            return rate;
        }

        // The last epoch of the rest counts again.
        int wait = cooldown > 0 ? 0 : resting ? 1 : State.Wait + 1;
        if (cooldown > 0 || wait < _settings.Patience)
        {
            State = State with { Wait = wait, Cooldown = cooldown };
            return rate;
        }

        bool above = rate > (float)_settings.MinRate;
        State = State with { Wait = above ? 0 : wait, Cooldown = above ? _settings.Cooldown : cooldown };
        return above ? (float)Math.Max(rate * _settings.Factor, _settings.MinRate) : rate;
    }
}
