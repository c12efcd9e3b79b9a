namespace RawSer.Training;

/// <summary>What an epoch of training gave. Losses and accuracies are means over examples.</summary>
/// <param name="Epoch">From 1.</param>
/// <param name="TrainLoss">Cross entropy over the epoch's batches, as they were trained (with dropout).</param>
/// <param name="TrainAccuracy">Accuracy over the epoch's batches, as they were trained.</param>
/// <param name="ValidationLoss">Cross entropy on the validation examples after the epoch; NaN when there are none.</param>
/// <param name="ValidationAccuracy">Accuracy on the validation examples after the epoch; NaN when there are none.</param>
/// <param name="LearningRate">In effect at the epoch's last update.</param>
/// <param name="Seconds">Wall time of training and validation.</param>
/// <param name="IsBest">Whether the weights after this epoch are the best so far.</param>
public sealed record EpochMetrics(
    int Epoch,
    double TrainLoss,
    double TrainAccuracy,
    double ValidationLoss,
    double ValidationAccuracy,
    double LearningRate,
    double Seconds,
    bool IsBest);

/// <summary>How far an epoch is.</summary>
/// <param name="Epoch">From 1.</param>
/// <param name="Examples">Trained so far in this epoch.</param>
/// <param name="Loss">Mean over them.</param>
/// <param name="Accuracy">Mean over them.</param>
public readonly record struct BatchProgress(int Epoch, int Examples, double Loss, double Accuracy);

/// <summary>Follows a training; called on the thread that trains.</summary>
public interface ITrainingObserver
{
    /// <summary>An update was made, and its loss is known: on a device, some updates later (<see cref="TrainingOptions.ReportInterval"/>).</summary>
    void BatchFinished(BatchProgress progress);

    /// <summary>An epoch and its validation are over.</summary>
    void EpochFinished(EpochMetrics metrics);
}

/// <summary>Why <see cref="TrainingLoop.Run"/> returned.</summary>
public enum TrainingEnd
{
    /// <summary>All epochs were trained.</summary>
    Completed,

    /// <summary>Early stopping ended it.</summary>
    StoppedEarly,

    /// <summary>Cancellation was asked for; the state was saved after the batch in hand.</summary>
    Interrupted,
}
