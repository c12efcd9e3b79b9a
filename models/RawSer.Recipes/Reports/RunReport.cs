using RawSer.Recipes.Experiments;
using RawSer.Recipes.Metrics;
using RawSer.Recipes.Splits;
using RawSer.Recipes.Tuning;

namespace RawSer.Recipes.Reports;

/// <summary>One epoch of the learning curves.</summary>
/// <param name="Epoch">Number, from 1.</param>
/// <param name="TrainLoss">Mean loss while training.</param>
/// <param name="TrainAccuracy">Accuracy while training.</param>
/// <param name="ValidationLoss">Loss on the validation part afterwards.</param>
/// <param name="ValidationAccuracy">Accuracy on the validation part afterwards.</param>
public sealed record EpochPoint(int Epoch, double TrainLoss, double TrainAccuracy, double ValidationLoss, double ValidationAccuracy);

/// <summary>A clip that is shown with its picture.</summary>
/// <param name="Prediction">Number of its prediction.</param>
/// <param name="Features">Features, row by row; row 0 is drawn at the bottom.</param>
/// <param name="Rows">Rows of the features.</param>
/// <param name="Frames">Frames of the features.</param>
public sealed record ReportExample(int Prediction, float[] Features, int Rows, int Frames);

/// <summary>Everything that the report of a run shows.</summary>
public sealed record RunReport
{
    /// <summary>Name of the recipe.</summary>
    public required string Title { get; init; }

    /// <summary>One line about the experiment.</summary>
    public string Description { get; init; } = "";

    /// <summary>When the run ended.</summary>
    public DateTimeOffset Created { get; init; }

    /// <summary>How the clips were split, in words: <c>split by speaker</c>.</summary>
    public string Split { get; init; } = "";

    /// <summary>Class names by number.</summary>
    public required IReadOnlyList<string> Classes { get; init; }

    /// <summary>What the network says about each test clip.</summary>
    public required IReadOnlyList<ClipPrediction> Predictions { get; init; }

    /// <summary>Clips per class in training, validation and test.</summary>
    public IReadOnlyList<(SplitPart Part, IReadOnlyList<int> Clips)> Parts { get; init; } = [];

    /// <summary>Learning curves.</summary>
    public IReadOnlyList<EpochPoint> Epochs { get; init; } = [];

    /// <summary>The epoch whose weights were kept; null for the last.</summary>
    public int? KeptEpoch { get; init; }

    /// <summary>Trials of the search that chose settings of the recipe; empty if there was none.</summary>
    public IReadOnlyList<TrialResult> Trials { get; init; } = [];

    /// <summary>What the parts of the split have in common.</summary>
    public IReadOnlyList<Leakage> Leakage { get; init; } = [];

    /// <summary>Clips with pictures.</summary>
    public IReadOnlyList<ReportExample> Examples { get; init; } = [];

    /// <summary>The recipe as JSON.</summary>
    public string RecipeJson { get; init; } = "";

    /// <summary>Machine, versions, commit, command: name and value.</summary>
    public IReadOnlyList<(string Name, string Value)> Environment { get; init; } = [];

    /// <summary>What the published report states for this recipe; null for recipes of our own.</summary>
    public PublishedResult? Published { get; init; }

    /// <summary>Things to know about this run, for example files that were refused.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>
    /// Clips that are worth a picture: of each class the one recognised with the greatest confidence, then the mistakes made with the greatest
    /// confidence, in all at most <paramref name="count"/>, half and half where there are enough of both.
    /// </summary>
    /// <returns>Numbers of predictions: first what was recognised, then mistakes.</returns>
    public static IReadOnlyList<int> ChooseExamples(IReadOnlyList<ClipPrediction> predictions, int count = 8)
    {
        int Guess(int i) => Array.IndexOf(predictions[i].Probabilities, predictions[i].Probabilities.Max());
        int[] byConfidence = [.. Enumerable.Range(0, predictions.Count).OrderByDescending(i => predictions[i].Probabilities.Max())];
        int[] right = [.. byConfidence.Where(i => Guess(i) == predictions[i].Truth).GroupBy(i => predictions[i].Truth).Select(g => g.First())];
        int[] wrong = [.. byConfidence.Where(i => Guess(i) != predictions[i].Truth).DistinctBy(i => (predictions[i].Truth, Guess(i)))];
        int rightCount = Math.Min(right.Length, Math.Max(count / 2, count - wrong.Length));
        return [.. right.Take(rightCount), .. wrong.Take(count - rightCount)];
    }
}
