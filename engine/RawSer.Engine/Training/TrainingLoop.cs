using System.Diagnostics;
using RawSer.Kernels;
using RawSer.Nn;
using RawSer.Optim;

namespace RawSer.Training;

/// <summary>
/// Trains a classifier with cross entropy. What it does is a function of the network's weights, the seeds and the examples: a training
/// that was interrupted and resumed from its <see cref="TrainingState"/> ends with the same weights, to the bit, as one that was not.
/// </summary>
public sealed class TrainingLoop
{
    private readonly Module _network;
    private readonly Optimizer _optimizer;
    private readonly Generator _random;
    private readonly IExamples _train;
    private readonly IExamples? _validation;
    private readonly TrainingOptions _options;
    private readonly Device _device;
    private readonly EarlyStopping? _earlyStopping;
    private readonly ReduceOnPlateau? _plateau;
    private readonly IReadOnlyList<Tensor> _parameters;
    private readonly CudaBackend? _capturing;
    private CapturedStep? _captured;
    private StepResults? _results;
    private TrainingPosition _position = new(0, 0, 0, 0, 0);
    private int _reported;

    /// <summary>A training from the beginning.</summary>
    /// <param name="network">Takes a batch (B, shape...) and gives logits (B, classes).</param>
    /// <param name="optimizer">Over the network's parameters that require gradients, in their order.</param>
    /// <param name="random">What the network's random layers draw from (<see cref="Module.UseRandom"/>).</param>
    /// <param name="train">Training examples.</param>
    /// <param name="validation">Validation examples; null when there are none.</param>
    /// <param name="options">How.</param>
    /// <param name="device">Where the network is.</param>
    /// <exception cref="ArgumentException">There are no training examples, or a number of the options is out of its range.</exception>
    public TrainingLoop(
        Module network, Optimizer optimizer, Generator random, IExamples train, IExamples? validation, TrainingOptions options, Device device)
    {
        if (train.Count == 0)
        {
            throw new ArgumentException("training: there are no training examples");
        }

        if (options.BatchSize < 1 || options.Epochs < 1)
        {
            throw new ArgumentException($"training: batch size {options.BatchSize} and {options.Epochs} epochs; both must be at least 1");
        }

        if (options.ExampleWeights is { } weights && weights.Count != train.Count)
        {
            throw new ArgumentException($"training: {weights.Count} example weights for {train.Count} training examples");
        }

        _network = network;
        _optimizer = optimizer;
        _random = random;
        _train = train;
        _validation = validation is { Count: > 0 } ? validation : null;
        _options = options;
        _device = device;
        _parameters = network.Parameters();
        _capturing = options.CaptureSteps && network.IsCapturable ? CapturedStep.BackendOf(device) : null;
        _earlyStopping = options.EarlyStopping is { } settings ? new EarlyStopping(settings) : null;
        _plateau = options.Plateau is { } plateau ? new ReduceOnPlateau(plateau) : null;
    }

    /// <summary>Epochs that are over.</summary>
    public int EpochsDone => _position.Epoch;

    /// <summary>Takes up a training where it was saved.</summary>
    /// <param name="path">The state.</param>
    /// <param name="weights">SHA-256 of the file from which the network has its weights, if they are not in the state (<see cref="TrainingState.WeightsOf"/>).</param>
    /// <exception cref="Weights.WeightFileException">The file is missing, broken, no training state, or belongs to other weights.</exception>
    /// <exception cref="Weights.StateDictException">The file belongs to another network.</exception>
    public void Resume(string path, string? weights = null)
    {
        TrainingState state = TrainingState.Load(path, _network, _optimizer, _random, weights);
        _position = state.Position;
        if (_earlyStopping is not null && state.EarlyStopping is { } stopping)
        {
            _earlyStopping.State = stopping;
        }

        if (_plateau is not null && state.Plateau is { } plateau)
        {
            _plateau.State = plateau;
        }
    }

    /// <summary>Trains until the last epoch, early stopping or cancellation, and puts the best weights back where the options say so.</summary>
    /// <exception cref="NotFiniteNumberException">The training diverged: a loss is NaN or infinite. What the keeper holds is of the epoch before.</exception>
    public TrainingEnd Run(IWeightsKeeper keeper, ITrainingObserver observer, CancellationToken cancel = default)
    {
        using StepInputs inputs = new(_device);
        try
        {
            return RunEpochs(inputs, keeper, observer, cancel);
        }
        finally
        {
            _captured?.Dispose();
            _results?.Dispose();
            (_captured, _results) = (null, null);
        }
    }

    /// <summary>The order of the examples in an epoch.</summary>
    internal static int[] Order(int count, ulong seed, int epoch) => new Generator(seed, stream: (ulong)epoch + 1).Permutation(count);

    private TrainingEnd RunEpochs(StepInputs inputs, IWeightsKeeper keeper, ITrainingObserver observer, CancellationToken cancel)
    {
        _results = _device.Backend is CudaBackend backend ? new StepResults(backend, _options.ReportInterval) : null;
        TrainingEnd end = TrainingEnd.Completed;
        if (_earlyStopping?.State.StoppedEpoch is not null)
        {
            end = TrainingEnd.StoppedEarly; // resumed after its end
        }

        while (end == TrainingEnd.Completed && _position.Epoch < _options.Epochs)
        {
            Stopwatch time = Stopwatch.StartNew();
            if (!TrainEpoch(inputs, observer, cancel))
            {
                keeper.KeepState(State());
                return TrainingEnd.Interrupted;
            }

            end = FinishEpoch(keeper, observer, time);
        }

        if (_earlyStopping?.RestoreEpoch is not null)
        {
            keeper.RestoreBest(_network);
        }

        return end;
    }

    /// <summary>Trains the rest of the current epoch; false when cancelled.</summary>
    private bool TrainEpoch(StepInputs inputs, ITrainingObserver observer, CancellationToken cancel)
    {
        _network.Train();
        int[] order = _options.Shuffle ? Order(_train.Count, _options.Seed, _position.Epoch) : [.. Enumerable.Range(0, _train.Count)];
        _reported = _position.Examples;
        void Report(StepResult result, int count)
        {
            _position = _position with { LossSum = _position.LossSum + ((double)result.Loss * count), Correct = _position.Correct + result.Correct };
            _reported += count;
            CheckFinite(result.Loss, "loss");
            observer.BatchFinished(new BatchProgress(_position.Epoch + 1, _reported, _position.LossSum / _reported, (double)_position.Correct / _reported));
        }

        bool isComplete = true;
        while (isComplete && _position.Examples < order.Length)
        {
            int count = Math.Min(_options.BatchSize, order.Length - _position.Examples);
            StepResult? result = Update(inputs, order.AsSpan(_position.Examples, count));
            _position = _position with { Examples = _position.Examples + count, Updates = _position.Updates + 1 };
            if (result is { } known)
            {
                Report(known, count);
            }
            else
            {
                _results!.Queued(count, Report);
            }

            isComplete = !cancel.IsCancellationRequested;
        }

        _results?.Finish(Report);
        return isComplete;
    }

    private TrainingEnd FinishEpoch(IWeightsKeeper keeper, ITrainingObserver observer, Stopwatch time)
    {
        (double validationLoss, double validationAccuracy) = (double.NaN, double.NaN);
        if (_validation is not null)
        {
            float[] logits = Prediction.Logits(_network, _validation, _options.BatchSize, _device);
            (validationLoss, validationAccuracy) = Prediction.Score(logits, _validation);
            CheckFinite(validationLoss, "validation loss");
        }

        double trainLoss = _position.LossSum / _position.Examples;
        double trainAccuracy = (double)_position.Correct / _position.Examples;
        double Metric(string name) => Monitored(name, trainLoss, trainAccuracy, validationLoss, validationAccuracy);
        EarlyStoppingDecision decision = _earlyStopping?.Observe(_position.Epoch, Metric(_options.EarlyStopping!.Monitor)) ?? new EarlyStoppingDecision(KeepWeights: true, Stop: false);
        EpochMetrics metrics = new(
            _position.Epoch + 1,
            trainLoss,
            trainAccuracy,
            validationLoss,
            validationAccuracy,
            _optimizer.LearningRate,
            time.Elapsed.TotalSeconds,
            decision.KeepWeights);
        _position = new TrainingPosition(_position.Epoch + 1, 0, _position.Updates, 0, 0);
        if (_plateau is not null)
        {
            _optimizer.LearningRate = _plateau.Observe(Metric(_options.Plateau!.Monitor), (float)_optimizer.LearningRate);
        }

        // Best first, state last: a kill between the two repeats the epoch, which gives the same best weights again.
        if (decision.KeepWeights)
        {
            keeper.KeepBest(_network);
        }

        observer.EpochFinished(metrics);
        keeper.KeepState(State());
        return decision.Stop ? TrainingEnd.StoppedEarly : TrainingEnd.Completed;
    }

    /// <summary>No update mends weights that have left the finite numbers, and nothing that follows would mean anything.</summary>
    private void CheckFinite(double value, string metric)
    {
        if (!double.IsFinite(value))
        {
            throw new NotFiniteNumberException(FormattableString.Invariant($"training: the {metric} of epoch {_position.Epoch + 1} is {value} after {_reported} examples"), value);
        }
    }

    private TrainingState State() => new(_network, _optimizer, _random, _position, _earlyStopping?.State, _plateau?.State);

    private static double Monitored(string name, double trainLoss, double trainAccuracy, double validationLoss, double validationAccuracy) => name switch
    {
        "val_loss" => validationLoss,
        "val_accuracy" => validationAccuracy,
        "loss" => trainLoss,
        "accuracy" => trainAccuracy,
        _ => throw new ArgumentException($"training: metric '{name}' is not measured; expected val_loss, val_accuracy, loss or accuracy"),
    };

    /// <summary>Makes an update; gives what came of it, or null where that is kept on the device.</summary>
    private StepResult? Update(StepInputs given, ReadOnlySpan<int> indices)
    {
        BatchArrays batch = Batch.Gather(_train, indices, _options.Augmentation, _position.Epoch) with { Weights = Weights(indices) };
        if (_options.Schedule is { } schedule)
        {
            _optimizer.LearningRate = schedule(_position.Updates);
        }

        Tensor inputs = given.Put<float>(this, "inputs", batch.Inputs, batch.Shape), labels = given.Put<long>(this, "labels", batch.Labels, [indices.Length]);
        Tensor? weights = batch.Weights is { } factors ? given.Put<float>(this, "weights", factors, [factors.Length]) : null;
        _network.PrepareStep(batch.Inputs, batch.Shape, given);
        if (_capturing is not null && indices.Length == _options.BatchSize)
        {
            _captured ??= new CapturedStep(_capturing, given, _parameters, _optimizer, _random, () => Learn(inputs, labels, weights));
            _captured.Run();
            return null;
        }

        using TensorScope scope = Tensor.Scope();
        using StepInputsScope serving = given.Serve();
        (Tensor logits, Tensor loss) = Learn(inputs, labels, weights);
        _optimizer.ZeroGrad();
        return _results is null ? new StepResult(loss.Item<float>(), CountCorrect(logits.ToArray<float>(), indices)) : null;
    }

    /// <summary>From a batch to changed parameters. A captured step runs this once, so nothing here may depend on values on the device.</summary>
    private (Tensor Logits, Tensor Loss) Learn(Tensor inputs, Tensor labels, Tensor? weights)
    {
        Tensor logits = _network.Forward(inputs);
        Tensor loss = Loss(logits, labels, weights);
        loss.Backward();
        if (_options.ClipNorm is double limit)
        {
            GradientClipping.ByNorm(_parameters, limit);
        }

        _optimizer.Step();
        _results?.Keep(loss, logits, labels);
        return (logits, loss);
    }

    /// <summary>The mean loss of a batch, each example's times its weight.</summary>
    private Tensor Loss(Tensor logits, Tensor labels, Tensor? weights) => weights is null
        ? logits.CrossEntropy(labels, labelSmoothing: _options.LabelSmoothing)
        : (logits.CrossEntropy(labels, labelSmoothing: _options.LabelSmoothing, reduction: LossReduction.None) * weights).Mean();

    /// <summary>The weight of each example's loss; null where all are 1.</summary>
    private float[]? Weights(ReadOnlySpan<int> indices)
    {
        if (_options.ExampleWeights is null && _options.ClassWeights is null)
        {
            return null;
        }

        float[] weights = new float[indices.Length];
        for (int i = 0; i < weights.Length; i++)
        {
            weights[i] = (_options.ExampleWeights?[indices[i]] ?? 1) * ClassWeight(_train.LabelOf(indices[i]));
        }

        return weights;
    }

    private float ClassWeight(int label) => _options.ClassWeights is not { } weights ? 1
        : label < weights.Count ? weights[label]
        : throw new ArgumentException($"training: an example of class {label}, but weights for {weights.Count} classes only");

    private int CountCorrect(float[] values, ReadOnlySpan<int> indices)
    {
        int classes = values.Length / indices.Length;
        int correct = 0;
        for (int i = 0; i < indices.Length; i++)
        {
            correct += Prediction.ArgMax(values.AsSpan(i * classes, classes)) == _train.LabelOf(indices[i]) ? 1 : 0;
        }

        return correct;
    }
}
