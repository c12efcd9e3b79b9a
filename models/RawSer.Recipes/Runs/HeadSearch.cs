using System.Globalization;
using RawSer.Nn;
using RawSer.Optim;
using RawSer.Recipes.Experiments;
using RawSer.Recipes.Tuning;
using RawSer.Training;

namespace RawSer.Recipes.Runs;

/// <summary>
/// The report's experiment 0: Hyperband over the widths of the two dense layers and the learning rate, with the frozen base's results as examples.
/// A trial that goes on to more epochs is trained again from its start: with the same seed that gives the same weights, and nothing large has to be stored.
/// </summary>
internal sealed class HeadSearch(RunFolder folder, Recipe recipe, Device device, IRunObserver observer)
{
    private static readonly SearchDimension[] s_space =
    [
        SearchDimension.Choice("network.hidden1", "64", "128", "192", "256", "320", "384", "448", "512"),
        SearchDimension.Choice("network.hidden2", "32", "64", "96", "128", "160", "192", "224", "256"),
        SearchDimension.Choice("optimizer.learning_rate", "1e-3", "1e-4", "1e-5"),
    ];

    /// <summary>Refuses a search over a network that has not the layers which it varies.</summary>
    /// <exception cref="RecipeException">The recipe asks for one.</exception>
    public static void Check(Recipe recipe)
    {
        if (recipe.Search.MaxEpochs > 0 && recipe.Network.Kind != NetworkKind.Vgg16)
        {
            string network = RecipeKeys.Find("network.kind", recipe.Name).Get(recipe)!.GetValue<string>();
            throw new RecipeException(
                $"recipe '{recipe.Name}': search.max_epochs = {recipe.Search.MaxEpochs}: the search is over the dense layers of vgg16, and this network is {network}; set it to 0 or network.kind to vgg16");
        }
    }

    /// <summary>The recipe with the best settings; null when cancelled. A search that was finished before is read from the run's folder.</summary>
    /// <param name="build">The part of a network that learns, for a recipe.</param>
    /// <param name="train">Training examples.</param>
    /// <param name="validation">Validation examples, which decide.</param>
    /// <param name="cancel">Stops.</param>
    /// <exception cref="RunException">What was found before cannot be read, or there are no validation clips.</exception>
    public Recipe? Run(Func<Recipe, RunNetwork> build, IExamples train, IExamples validation, CancellationToken cancel)
    {
        if (SearchRecord.Read(folder) is { } found)
        {
            return Apply(found.Best);
        }

        if (validation.Count == 0)
        {
            throw new RunException("a search needs validation clips to compare its trials; raise split.validation");
        }

        SearchSettings settings = recipe.Search;
        Hyperband search = new(new SearchSpace(s_space, recipe.Seed), settings.MaxEpochs, settings.Factor);
        List<TrialResult> trials = [];
        while (search.Next() is { } trial)
        {
            int epochs = trial.Epochs!.Value;
            string length = epochs == 1 ? "1 epoch" : $"{epochs} epochs";
            observer.StageStarted($"trial {trial.Id + 1}, {length}", epochs, "epochs");
            if (Score(build, trial, train, validation, cancel) is not { } score)
            {
                return null;
            }

            search.Report(trial.Id, score);
            trials.Add(new TrialResult(trial.Values, epochs, trial.Bracket, trial.Round, trial.Resumes, score));
            observer.Message($"trial {trial.Id + 1}: {Describe(trial.Values)}: validation accuracy {score.ToString("F4", CultureInfo.InvariantCulture)} in {length}");
        }

        IReadOnlyDictionary<string, string> best = search.Best!.Values;
        new SearchRecord(best, trials).Write(folder);
        observer.Message($"best of {trials.Count} trials: {Describe(best)}");
        return Apply(best);
    }

    /// <summary>The best validation accuracy of the epochs that the trial adds; null when cancelled.</summary>
    private double? Score(Func<Recipe, RunNetwork> build, Trial trial, IExamples train, IExamples validation, CancellationToken cancel)
    {
        Recipe tried = Apply(trial.Values);
        using RunNetwork network = build(tried);
        (Generator random, Optimizer optimizer) = RunSetup.Learner(tried, network.Trained);
        using (optimizer)
        {
            TrainingOptions options = new()
            {
                Epochs = trial.Epochs!.Value,
                BatchSize = tried.Training.Batch,
                Seed = tried.Seed,
                CaptureSteps = tried.Training.Capture,
                Augmentation = train as IExampleAugmentation,
            };
            BestAccuracy best = new(trial.InitialEpoch, observer);
            TrainingLoop loop = new(network.Trained, optimizer, random, train, validation, options, device);
            try
            {
                return loop.Run(new NothingKept(), best, cancel) == TrainingEnd.Interrupted ? null : best.Value;
            }
            catch (NotFiniteNumberException e)
            {
                observer.Warning($"trial {trial.Id + 1}: {e.Message}: it counts as no clip recognised");
                return 0;
            }
        }
    }

    private Recipe Apply(IReadOnlyDictionary<string, string> values) => values.Aggregate(recipe, (changed, value) => RecipeFile.Set(changed, $"{value.Key}={value.Value}"));

    private static string Describe(IReadOnlyDictionary<string, string> values) => string.Join(", ", values.Select(value => $"{value.Key} {value.Value}"));

    private sealed class BestAccuracy(int initialEpoch, IRunObserver observer) : ITrainingObserver
    {
        public double Value { get; private set; } = double.NaN;

        public void BatchFinished(BatchProgress progress)
        {
        }

        public void EpochFinished(EpochMetrics metrics)
        {
            observer.Progress(metrics.Epoch, $"val acc {metrics.ValidationAccuracy.ToString("F4", CultureInfo.InvariantCulture)}");
            if (metrics.Epoch > initialEpoch && !(metrics.ValidationAccuracy <= Value))
            {
                Value = metrics.ValidationAccuracy;
            }
        }
    }

    private sealed class NothingKept : IWeightsKeeper
    {
        public void KeepBest(Module network)
        {
        }

        public void RestoreBest(Module network)
        {
        }

        public void KeepState(TrainingState state)
        {
        }
    }
}
