namespace RawSer.Training;

/// <summary>Which weights remain at the end of training.</summary>
public enum BestWeights
{
    /// <summary>Those of the last epoch.</summary>
    Ignore,

    /// <summary>Those of the best epoch if training was stopped early, else those of the last (tf.keras up to 2.12).</summary>
    RestoreWhenStopped,

    /// <summary>Those of the best epoch in any case (later Keras).</summary>
    RestoreAlways,
}

/// <summary>When to stop; names and defaults as in Keras.</summary>
public sealed record EarlyStoppingSettings
{
    /// <summary>The watched metric.</summary>
    public string Monitor { get; init; } = "val_loss";

    /// <summary>Epochs without improvement after which training stops; 0 acts like 1.</summary>
    public int Patience { get; init; }

    /// <summary>An improvement is more than this better than the best; only the magnitude counts.</summary>
    public double MinDelta { get; init; }

    /// <summary>Which values are better.</summary>
    public MonitorDirection Direction { get; init; }

    /// <summary>A value that must be improved upon for the patience to start anew; null for none.</summary>
    public double? Baseline { get; init; }

    /// <summary>Which weights remain.</summary>
    public BestWeights BestWeights { get; init; }

    /// <summary>Epochs before this one (counted from 0) are not looked at.</summary>
    public int StartFromEpoch { get; init; }
}

/// <summary>What is to be done after an epoch.</summary>
/// <param name="KeepWeights">Keep a copy of the weights of this epoch: they are the best so far (or the first that were looked at).</param>
/// <param name="Stop">Stop training.</param>
public readonly record struct EarlyStoppingDecision(bool KeepWeights, bool Stop);

/// <summary>What early stopping remembers between epochs; with it, an interrupted training goes on as if nothing had happened.</summary>
/// <param name="Wait">Epochs since the last improvement.</param>
/// <param name="Best">Best value so far; infinite before the first.</param>
/// <param name="BestEpoch">Epoch of the best value, from 0.</param>
/// <param name="KeptEpoch">Epoch whose weights are kept; null before the first.</param>
/// <param name="StoppedEpoch">Epoch after which training was stopped; null while it runs.</param>
public sealed record EarlyStoppingState(int Wait, double Best, int BestEpoch, int? KeptEpoch, int? StoppedEpoch);

/// <summary>
/// Keras's EarlyStopping, as a policy: it is told the metric after each epoch and says what to do. NaN is never an improvement. Epochs count from 0.
/// </summary>
public sealed class EarlyStopping
{
    private readonly EarlyStoppingSettings _settings;
    private readonly bool _maximise;
    private readonly double _minDelta;

    /// <summary>A policy at the start of training.</summary>
    /// <exception cref="ArgumentException">Patience or the first epoch is negative, or the least improvement is not finite.</exception>
    public EarlyStopping(EarlyStoppingSettings settings)
    {
        if (settings.Patience < 0 || settings.StartFromEpoch < 0 || !double.IsFinite(settings.MinDelta))
        {
            throw new ArgumentException(
                FormattableString.Invariant($"early stopping with patience {settings.Patience}, start epoch {settings.StartFromEpoch}, least improvement {settings.MinDelta}: expected patience and start from 0, and a finite improvement"));
        }

        _settings = settings;
        MonitorDirection direction = settings.Direction == MonitorDirection.Auto ? MonitorDirections.ForEarlyStopping(settings.Monitor) : settings.Direction;
        _maximise = direction == MonitorDirection.Max;
        _minDelta = _maximise ? Math.Abs(settings.MinDelta) : -Math.Abs(settings.MinDelta);
        State = new EarlyStoppingState(0, _maximise ? double.NegativeInfinity : double.PositiveInfinity, 0, null, null);
    }

    /// <summary>What is remembered; set it to resume.</summary>
    public EarlyStoppingState State { get; set; }

    /// <summary>The epoch whose weights must be put back at the end of training; null when those of the last epoch stay.</summary>
    public int? RestoreEpoch => _settings.BestWeights switch
    {
        BestWeights.RestoreAlways => State.KeptEpoch,
        BestWeights.RestoreWhenStopped when State.StoppedEpoch is not null => State.KeptEpoch,
        _ => null,
    };

    /// <summary>Takes note of the metric after an epoch.</summary>
    public EarlyStoppingDecision Observe(int epoch, double value)
    {
        if (epoch < _settings.StartFromEpoch)
        {
            return default;
        }

        bool better = IsImprovement(value, State.Best);
        bool keep = better || State.KeptEpoch is null;
        State = State with
        {
            Wait = better && (_settings.Baseline is not double baseline || IsImprovement(value, baseline)) ? 0 : State.Wait + 1,
            Best = better ? value : State.Best,
            BestEpoch = better ? epoch : State.BestEpoch,
            KeptEpoch = keep ? epoch : State.KeptEpoch,
        };

        // An epoch that improves never stops training, even when it does not reach the baseline and the wait goes on.
        bool stop = !better && State.Wait >= _settings.Patience && epoch > 0;
        if (stop)
        {
            State = State with { StoppedEpoch = epoch };
        }

        return new EarlyStoppingDecision(keep, stop);
    }

    private bool IsImprovement(double value, double reference) => _maximise ? value - _minDelta > reference : value - _minDelta < reference;
}
