namespace RawSer.Training;

/// <summary>How a network is trained.</summary>
public sealed record TrainingOptions
{
    /// <summary>Number of passes over the training examples, unless training stops earlier.</summary>
    public int Epochs { get; init; } = 100;

    /// <summary>Examples per update; the last batch of an epoch may be smaller.</summary>
    public int BatchSize { get; init; } = 32;

    /// <summary>Seed of the order of the examples: that of an epoch is a function of seed and epoch alone.</summary>
    public ulong Seed { get; init; }

    /// <summary>Whether each epoch draws the examples in another order; else they come as they are.</summary>
    public bool Shuffle { get; init; } = true;

    /// <summary>
    /// Factor of the loss of each training example (Keras' sample_weight); null: 1. The loss of a batch stays divided by its number of examples,
    /// not by the sum of the weights; accuracies and validation are not weighted.
    /// </summary>
    public IReadOnlyList<float>? ExampleWeights { get; init; }

    /// <summary>Factor of the loss of the examples of each class (Keras' class_weight), besides that of the example; null: 1.</summary>
    public IReadOnlyList<float>? ClassWeights { get; init; }

    /// <summary>Largest norm of all gradients together; larger ones are scaled down. Null: no limit.</summary>
    public double? ClipNorm { get; init; }

    /// <summary>Share of the target that is spread evenly over all classes.</summary>
    public double LabelSmoothing { get; init; }

    /// <summary>Learning rate as a function of the number of updates done; null leaves the optimiser's own.</summary>
    public Func<long, double>? Schedule { get; init; }

    /// <summary>When to stop before the last epoch; null: never.</summary>
    public EarlyStoppingSettings? EarlyStopping { get; init; }

    /// <summary>When to lower the learning rate; null: never.</summary>
    public ReduceOnPlateauSettings? Plateau { get; init; }

    /// <summary>
    /// On a device that has graphs (<c>cuda:N</c>, <c>emulator</c>): records a step on a whole batch once and launches it as one graph from
    /// then on. The same weights come out. A smaller last batch takes its step without the graph, and so does every batch of a network of which
    /// a part is not capturable (<see cref="Nn.Module.IsCapturable"/>).
    /// </summary>
    public bool CaptureSteps { get; init; } = true;

    /// <summary>
    /// On such a device: time after which losses and accuracies that wait there are read, in the background. They are reported
    /// (<see cref="ITrainingObserver.BatchFinished"/>) when they arrive, those of all steps at the latest at the end of the epoch; no step waits for them.
    /// </summary>
    public TimeSpan ReportInterval { get; init; } = TimeSpan.FromSeconds(0.5);

    /// <summary>Changes to training examples as they are drawn; null: none.</summary>
    public IExampleAugmentation? Augmentation { get; init; }
}
