namespace RawSer.Training;

/// <summary>Keras's ModelCheckpoint, as a policy: save the weights of this epoch?</summary>
public sealed class CheckpointPolicy
{
    private readonly bool _bestOnly;
    private readonly bool _maximise;

    /// <summary>A policy at the start of training.</summary>
    /// <param name="monitor">The watched metric.</param>
    /// <param name="bestOnly">Save only where the metric is strictly better than ever before; else after every epoch.</param>
    /// <param name="direction">Which values are better.</param>
    /// <param name="threshold">A value that must be improved upon first; null for none.</param>
    public CheckpointPolicy(string monitor, bool bestOnly = true, MonitorDirection direction = MonitorDirection.Auto, double? threshold = null)
    {
        _bestOnly = bestOnly;
        _maximise = (direction == MonitorDirection.Auto ? MonitorDirections.ForCheckpoint(monitor) : direction) == MonitorDirection.Max;
        Best = threshold ?? (_maximise ? double.NegativeInfinity : double.PositiveInfinity);
    }

    /// <summary>Best value so far; set it to resume.</summary>
    public double Best { get; set; }

    /// <summary>Takes note of the metric after an epoch; NaN is never better.</summary>
    /// <returns>True when the weights are to be saved.</returns>
    public bool Observe(double value)
    {
        bool better = _maximise ? value > Best : value < Best;
        Best = better ? value : Best;
        return better || !_bestOnly;
    }
}
