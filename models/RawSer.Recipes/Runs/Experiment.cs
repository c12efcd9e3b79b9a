using RawSer.Audio.Pipeline;
using RawSer.Gpu;
using RawSer.Optim;
using RawSer.Recipes.Corpora;
using RawSer.Recipes.Experiments;
using RawSer.Recipes.Metrics;
using RawSer.Recipes.Splits;
using RawSer.Training;

namespace RawSer.Recipes.Runs;

/// <summary>How a run ended.</summary>
/// <param name="End">Why the training stopped.</param>
/// <param name="Evaluation">Results of the kept weights on the test part; null after an interruption, or when there is no test part.</param>
public sealed record RunOutcome(TrainingEnd End, Evaluation? Evaluation);

/// <summary>A run: a recipe applied to data, in a folder that holds all that is needed to go on with it or to use its result.</summary>
public sealed class Experiment
{
    private readonly RunFolder _folder;
    private readonly Recipe _recipe;
    private readonly IReadOnlyList<CorpusSource> _sources;
    private readonly Device _device;
    private readonly FeatureCache? _cache;
    private readonly RunRecord? _begun;

    /// <param name="folder">Where everything is written.</param>
    /// <param name="recipe">What is done.</param>
    /// <param name="sources">The data.</param>
    /// <param name="device">Where to compute.</param>
    /// <param name="cache">Features of earlier runs.</param>
    /// <param name="begun">What the run was begun with; null for a new one.</param>
    private Experiment(RunFolder folder, Recipe recipe, IReadOnlyList<CorpusSource> sources, Device device, FeatureCache? cache, RunRecord? begun) =>
        (_folder, _recipe, _sources, _device, _cache, _begun) = (folder, recipe, sources, device, cache, begun);

    /// <summary>Where everything is written.</summary>
    public RunFolder Folder => _folder;

    /// <summary>Refuses a recipe that would not come to its training: for callers with hours of other work before it.</summary>
    /// <exception cref="RecipeException">Its values do not go together, or it names no pretrained weights.</exception>
    /// <exception cref="InvalidDataException">The folder of its encoder is no model.</exception>
    /// <exception cref="Weights.WeightFileException">Its pretrained weights cannot be read.</exception>
    /// <exception cref="Weights.StateDictException">They do not fit.</exception>
    public static void Check(Recipe recipe)
    {
        RecipeCheck.Run(recipe);
        RunNetwork.CheckPretrained(recipe);
    }

    /// <summary>A new run; its folder is created, and nothing is written into it before <see cref="Run"/>.</summary>
    /// <exception cref="RunException">The folder holds a run already, or cannot be written.</exception>
    /// <exception cref="RecipeException">Values of the recipe do not go together.</exception>
    public static Experiment Begin(string folder, Recipe recipe, IReadOnlyList<CorpusSource> sources, Device device, FeatureCache? cache)
    {
        RecipeCheck.Run(recipe);
        RunFolder run = RunFolder.Create(folder);
        return new Experiment(run, recipe.WithFullPaths(), sources, device, cache, begun: null);
    }

    /// <summary>A run that was begun before.</summary>
    /// <param name="folder">Its folder.</param>
    /// <param name="data">Where the data is now; null for where it was.</param>
    /// <param name="device">Where to compute now; null for where it did.</param>
    /// <param name="cache">Features of earlier runs.</param>
    /// <exception cref="RunException">There is no run in the folder, or its device is not there.</exception>
    /// <exception cref="CorpusException">The data is not there any more.</exception>
    public static Experiment Resume(string folder, IReadOnlyList<CorpusSource>? data, Device? device, FeatureCache? cache)
    {
        RunFolder run = RunFolder.Open(folder);
        RunRecord record = RunRecord.Read(run);
        return new Experiment(
            run, run.ReadRecipe(), data ?? record.Sources(run), device ?? DeviceOf(record, run), cache, record);
    }

    /// <summary>Trains to the end, evaluates the kept weights on the test part and writes the report; stops after the batch in hand when cancelled.</summary>
    /// <exception cref="RunException">Something cannot be written, the training diverged, or the frozen layers of a resumed run have other weights now.</exception>
    public RunOutcome Run(IRunObserver observer, CancellationToken cancel = default)
    {
        bool hasSplit = _begun is not null && File.Exists(_folder.SplitPath);
        PretrainedWeights? pretrained;
        RunData data;
        try
        {
            pretrained = RunNetwork.CheckPretrained(_recipe);
            if (pretrained is not null && _begun?.FrozenWeights is { } frozen && frozen != pretrained.Frozen)
            {
                throw new RunException($"{pretrained.Place}: its weights are not those that the run was begun with; put them back, or train again");
            }

            if (pretrained?.Warning is { } warning)
            {
                observer.Warning(warning);
            }

            data = RunData.Divide(_recipe, _sources, hasSplit ? _folder.SplitPath : null, observer, cancel);
        }
        catch
        {
            _folder.DeleteIfUnused();
            throw;
        }

        if (_begun is null)
        {
            // Not before there are clips to train on: a wrong folder leaves no run behind. The recipe comes last, because it makes the folder a run.
            RunRecord.Of(_sources, _device.Name, pretrained?.Frozen).Write(_folder);
            RunFolder.Replace(_folder.RecipePath, RecipeFile.Write(_recipe));
        }

        if (!hasSplit)
        {
            RunFolder.Replace(_folder.SplitPath, stream => SplitFile.Write(stream, data.Clips, data.Split));
        }

        return Learn(data, observer, cancel);
    }

    private static Device DeviceOf(RunRecord record, RunFolder run)
    {
        try
        {
            return Device.Parse(record.Device);
        }
        catch (Exception e) when (e is ArgumentException or GpuNotFoundException)
        {
            throw new RunException($"{run.Path}: the run is of the device {record.Device}: {e.Message}; name another to go on there", e);
        }
    }

    /// <summary>From divided clips to the result.</summary>
    private RunOutcome Learn(RunData data, IRunObserver observer, CancellationToken cancel)
    {
        if (RunNetwork.ReadsFeatures(_recipe))
        {
            data.ExtractFeatures(_recipe, _cache, _device, standardizer: null, forTraining: true, observer, cancel);
        }

        RunNetwork? first = RunNetwork.Create(_recipe, data, _device);
        first.Describe(observer);
        IExamples train = first.Inputs(data, SplitPart.Train, forTraining: true, _cache, observer, cancel);
        IExamples validation = first.Inputs(data, SplitPart.Validation, forTraining: false, _cache, observer, cancel);
        IExamples test = first.Inputs(data, SplitPart.Test, forTraining: false, _cache, observer, cancel);
        if (_recipe.Search.MaxEpochs > 0)
        {
            first.Dispose();
            RunNetwork Network(Recipe recipe) => RunNetwork.Create(recipe, data, _device);
            first = new HeadSearch(_folder, _recipe, _device, observer).Run(Network, train, validation, cancel) is { } found ? Network(found) : null;
        }

        if (first is null)
        {
            return Stopped(observer);
        }

        using RunNetwork network = first;
        TrainingEnd end = Train(network, train, validation, data, observer, cancel);
        if (end == TrainingEnd.Interrupted)
        {
            return Stopped(observer);
        }

        Evaluation? evaluation = test.Count == 0 ? null : new RunEvaluation(_folder, network.Recipe, _device).Write(network.Trained, data, test, observer);
        return new RunOutcome(end, evaluation);
    }

    private TrainingEnd Train(RunNetwork network, IExamples train, IExamples validation, RunData data, IRunObserver observer, CancellationToken cancel)
    {
        if (validation.Count == 0)
        {
            observer.Warning("there are no validation clips: the training loss decides which weights are best");
        }

        (Generator random, Optimizer learner) = RunSetup.Learner(network.Recipe, network.Trained);
        using Optimizer optimizer = learner;
        TrainingOptions training = RunSetup.TrainingOptions(network.Recipe, train.Count, data.Extractor.Frames, validation.Count > 0);
        training = train is IExampleAugmentation draws ? training with { Augmentation = draws } : training;
        TrainingLoop loop = new(network.Trained, optimizer, random, train, validation, training, _device);
        RunWeights weights = new(_folder, network, data.Standardizer);
        if (_begun is not null && File.Exists(_folder.StatePath))
        {
            weights.Resume(loop);
            observer.Message($"resumed after {loop.EpochsDone} epoch{(loop.EpochsDone == 1 ? "" : "s")}");
        }

        try
        {
            return loop.Run(weights, new EpochObserver(_folder, train.Count, training.Epochs, observer), cancel);
        }
        catch (NotFiniteNumberException e)
        {
            throw new RunException(FormattableString.Invariant($"{_folder.Path}: the training diverged: {e.Message}; begin anew with a learning rate below {network.Recipe.Optimizer.LearningRate} (--set optimizer.learning_rate=...)"), e);
        }
    }

    private RunOutcome Stopped(IRunObserver observer)
    {
        observer.Message($"stopped; go on with: rawser resume {_folder.Path}");
        return new RunOutcome(TrainingEnd.Interrupted, null);
    }

    /// <summary>Stores and shows the epochs.</summary>
    private sealed class EpochObserver(RunFolder folder, int examples, int epochs, IRunObserver observer) : ITrainingObserver
    {
        private int _epoch;

        public void BatchFinished(BatchProgress progress)
        {
            if (progress.Epoch != _epoch)
            {
                _epoch = progress.Epoch;
                observer.StageStarted($"epoch {_epoch}/{epochs}", examples, "clips");
            }

            observer.Progress(progress.Examples, FormattableString.Invariant($"loss {progress.Loss:F4}  acc {Percent.Of(progress.Accuracy)}"));
        }

        public void EpochFinished(EpochMetrics metrics)
        {
            folder.AppendMetrics(metrics);
            observer.EpochFinished(metrics);
        }
    }
}
