namespace RawSer.Training;

/// <summary>Which values of a watched metric are better.</summary>
public enum MonitorDirection
{
    /// <summary>Decided from the metric's name, by the rule of the callback that watches it.</summary>
    Auto,

    /// <summary>Smaller values are better.</summary>
    Min,

    /// <summary>Larger values are better.</summary>
    Max,
}

/// <summary>
/// The direction that Keras derives from a metric's name. Its three callbacks have three different rules, and scripts depend on them: <c>val_auc</c>
/// is maximised by early stopping alone, <c>accuracy_loss</c> by the two others alone.
/// </summary>
public static class MonitorDirections
{
    /// <summary>EarlyStopping: names that end in <c>acc</c>, <c>accuracy</c> or <c>auc</c> are maximised.</summary>
    public static MonitorDirection ForEarlyStopping(string metric) =>
        metric.EndsWith("acc", StringComparison.Ordinal) || metric.EndsWith("accuracy", StringComparison.Ordinal) || metric.EndsWith("auc", StringComparison.Ordinal)
            ? MonitorDirection.Max
            : MonitorDirection.Min;

    /// <summary>ReduceLROnPlateau: names that contain <c>acc</c> are maximised.</summary>
    public static MonitorDirection ForPlateau(string metric) =>
        metric.Contains("acc", StringComparison.Ordinal) ? MonitorDirection.Max : MonitorDirection.Min;

    /// <summary>ModelCheckpoint: names that contain <c>acc</c> or begin with <c>fmeasure</c> are maximised.</summary>
    public static MonitorDirection ForCheckpoint(string metric) =>
        metric.Contains("acc", StringComparison.Ordinal) || metric.StartsWith("fmeasure", StringComparison.Ordinal) ? MonitorDirection.Max : MonitorDirection.Min;
}
