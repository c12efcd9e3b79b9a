using RawSer.Audio.Features;
using RawSer.Audio.Pipeline;
using RawSer.Models.Recognition;
using RawSer.Models.Ser;
using RawSer.Nn;
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
    // Streams of the run's seed: dropout draws from its own.
    private const ulong DropoutStream = 0x64726F706F7574;

    private readonly RunFolder _folder;
    private readonly Recipe _recipe;
    private readonly IReadOnlyList<CorpusSource> _sources;
    private readonly Device _device;
    private readonly FeatureCache? _cache;
    private readonly bool _resumed;

    private Experiment(RunFolder folder, Recipe recipe, IReadOnlyList<CorpusSource> sources, Device device, FeatureCache? cache, bool resumed) =>
        (_folder, _recipe, _sources, _device, _cache, _resumed) = (folder, recipe, sources, device, cache, resumed);

    /// <summary>Where everything is written.</summary>
    public RunFolder Folder => _folder;

    /// <summary>A new run; its folder is created, and nothing is written into it before <see cref="Run"/>.</summary>
    /// <exception cref="RunException">The folder holds a run already, or cannot be written.</exception>
    public static Experiment Begin(string folder, Recipe recipe, IReadOnlyList<CorpusSource> sources, Device device, FeatureCache? cache)
    {
        RunFolder run = RunFolder.Create(folder);
        return new Experiment(run, recipe, sources, device, cache, resumed: false);
    }

    /// <summary>A run that was begun before.</summary>
    /// <param name="folder">Its folder.</param>
    /// <param name="data">Where the data is now; null for where it was.</param>
    /// <param name="device">Where to compute now; null for where it did.</param>
    /// <param name="cache">Features of earlier runs.</param>
    /// <exception cref="RunException">There is no run in the folder.</exception>
    /// <exception cref="CorpusException">The data is not there any more.</exception>
    public static Experiment Resume(string folder, IReadOnlyList<CorpusSource>? data, Device? device, FeatureCache? cache)
    {
        RunFolder run = RunFolder.Open(folder);
        RunRecord record = RunRecord.Read(run);
        return new Experiment(
            run, run.ReadRecipe(), data ?? [.. record.Data.Select(CorpusSource.Parse)], device ?? Device.Parse(record.Device), cache, resumed: true);
    }

    /// <summary>Trains to the end, evaluates the kept weights on the test part and writes the report; stops after the batch in hand when cancelled.</summary>
    public RunOutcome Run(IRunObserver observer, CancellationToken cancel = default)
    {
        if (_recipe.Network.Kind == NetworkKind.Wav2Vec2)
        {
            SpeechTask.OpenEncoder(_recipe); // a wrong folder leaves no run behind
        }

        bool hasSplit = _resumed && File.Exists(_folder.SplitPath);
        RunData data = RunData.Divide(_recipe, _sources, hasSplit ? _folder.SplitPath : null, observer, cancel);
        if (!_resumed)
        {
            // Not before there are clips to train on: a wrong folder leaves no run behind. The recipe comes last, because it makes the folder a run.
            RunRecord.Of(_sources, _device.Name).Write(_folder);
            RunFolder.Replace(_folder.RecipePath, RecipeFile.Write(_recipe));
        }

        if (!hasSplit)
        {
            RunFolder.Replace(_folder.SplitPath, stream => SplitFile.Write(stream, data.Clips, data.Split));
        }

        return _recipe.Network.Kind == NetworkKind.Wav2Vec2 ? RunOnSpeech(data, observer, cancel) : RunOnFeatures(data, observer, cancel);
    }

    /// <summary>The networks that read features.</summary>
    private RunOutcome RunOnFeatures(RunData data, IRunObserver observer, CancellationToken cancel)
    {
        data.ExtractFeatures(_recipe, _cache, _device, standardizer: null, forTraining: true, observer, cancel);
        FeatureProfile profile = data.Extractor.Profile;
        SerNetworkOptions options = RunSetup.NetworkOptions(_recipe.Network, profile, data.Clips.Classes.Count);
        using SerNetwork network = SerNetwork.Create(options, _recipe.Seed);
        network.To(_device);
        RunWeights weights = new(_folder, network, new RecognizerSettings(options, profile, data.Clips.Classes), data.Standardizer);
        TrainingEnd end = Train(network, data.Train, data.Validation, profile.Frames, weights, observer, cancel);
        return Finish(end, network, data, data.Test, observer);
    }

    /// <summary>The networks that read waveforms, or embeddings of them.</summary>
    private RunOutcome RunOnSpeech(RunData data, IRunObserver observer, CancellationToken cancel)
    {
        using SpeechTask task = SpeechTask.Create(_recipe, data, _device, _cache, observer, cancel);
        SpeechWeights weights = new(_folder, _recipe, task.Network, data.Clips.Classes);
        TrainingEnd end = Train(task.Network, task.Train, task.Validation, frames: 1, weights, observer, cancel);
        return Finish(end, task.Network, data, task.Test, observer);
    }

    private TrainingEnd Train(
        Module network, IExamples train, IExamples validation, int frames, IWeightsKeeper weights, IRunObserver observer, CancellationToken cancel)
    {
        if (validation.Count == 0)
        {
            observer.Warning("there are no validation clips: the training loss decides which weights are best");
        }

        Generator random = new(_recipe.Seed, DropoutStream);
        network.UseRandom(random);
        using Optimizer optimizer = RunSetup.Optimizer(_recipe.Optimizer, network);
        TrainingOptions training = RunSetup.TrainingOptions(_recipe, train.Count, frames, validation.Count > 0);
        TrainingLoop loop = new(network, optimizer, random, train, validation, training, _device);
        if (_resumed && File.Exists(_folder.StatePath))
        {
            loop.Resume(_folder.StatePath);
            observer.Message($"resumed after {loop.EpochsDone} epochs");
        }

        return loop.Run(weights, new EpochObserver(_folder, train.Count, training.Epochs, observer), cancel);
    }

    private RunOutcome Finish(TrainingEnd end, Module network, RunData data, IExamples test, IRunObserver observer)
    {
        if (end == TrainingEnd.Interrupted)
        {
            observer.Message($"stopped; go on with: rawser resume {_folder.Path}");
            return new RunOutcome(end, null);
        }

        Evaluation? evaluation = test.Count == 0 ? null : new RunEvaluation(_folder, _recipe, _device).Write(network, data, test, observer);
        return new RunOutcome(end, evaluation);
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

            observer.Progress(progress.Examples, $"loss {progress.Loss:F4}  acc {Percent.Of(progress.Accuracy)}");
        }

        public void EpochFinished(EpochMetrics metrics)
        {
            folder.AppendMetrics(metrics);
            observer.EpochFinished(metrics);
        }
    }
}
