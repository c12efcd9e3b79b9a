using System.Text.Json;

namespace RawSer.Recipes.Metrics;

/// <summary>What a network says about one clip.</summary>
/// <param name="Clip">How the clip is named for people, for example <c>RAVDESS/Actor_01/03-01-05-01-02-01-01.wav</c>.</param>
/// <param name="Corpus">Its corpus.</param>
/// <param name="Speaker">Its speaker among all corpora; null where unknown.</param>
/// <param name="Truth">Its class number.</param>
/// <param name="Probabilities">Probability of each class.</param>
public sealed record ClipPrediction(string Clip, string Corpus, string? Speaker, int Truth, double[] Probabilities);

/// <summary>A score with its 95% interval.</summary>
/// <param name="Value">The score on the clips at hand.</param>
/// <param name="Interval">95% interval.</param>
public readonly record struct Score(double Value, Interval Interval);

/// <summary>All scores of a network on some clips.</summary>
public sealed class Evaluation
{
    private const int BootstrapSamples = 1000;

    /// <summary>Scores predictions.</summary>
    /// <param name="predictions">At least one.</param>
    /// <param name="classes">Class names by number.</param>
    public Evaluation(IReadOnlyList<ClipPrediction> predictions, IReadOnlyList<string> classes)
    {
        Classes = classes;
        Probabilities = new Probabilities([.. predictions.Select(p => p.Probabilities)], [.. predictions.Select(p => p.Truth)]);
        int[] truth = [.. Probabilities.Truth];
        int[] predicted = Probabilities.Predicted();
        Predicted = predicted;
        Confusions = new ConfusionMatrix(truth, predicted, classes.Count);
        Report = new ClassificationReport(Confusions, classes);
        Calibration = Calibration.Of(Probabilities);
        ByCorpus = GroupScores.Table(truth, predicted, classes.Count, [.. predictions.Select(p => p.Corpus)]);
        BySpeaker = GroupScores.Table(truth, predicted, classes.Count, [.. predictions.Select(p => p.Speaker)]);
        Accuracy = new Score(Confusions.Accuracy, Interval.Wilson(Confusions.Correct, Confusions.Total));
        BalancedAccuracy = Bootstrapped(Confusions.BalancedAccuracy, m => m.BalancedAccuracy);
        MacroF1 = Bootstrapped(MacroF1Of(Confusions), MacroF1Of);
        if (BySpeaker.Count > 1 && predictions.All(p => p.Speaker is not null))
        {
            AccuracyOverSpeakers = Interval.Bootstrap(truth.Length, clips => clips.Average(i => truth[i] == predicted[i] ? 1.0 : 0), [.. predictions.Select(p => p.Speaker!)], BootstrapSamples);
        }

        Score Bootstrapped(double value, Func<ConfusionMatrix, double> statistic) => new(value, Interval.Bootstrap(
            truth.Length,
            clips => statistic(new ConfusionMatrix(clips.Select(i => truth[i]).ToArray(), clips.Select(i => predicted[i]).ToArray(), classes.Count)),
            samples: BootstrapSamples));
    }

    /// <summary>Class names by number.</summary>
    public IReadOnlyList<string> Classes { get; }

    /// <summary>The predictions.</summary>
    public Probabilities Probabilities { get; }

    /// <summary>Predicted class of each clip.</summary>
    public IReadOnlyList<int> Predicted { get; }

    /// <summary>Clips by true and predicted class.</summary>
    public ConfusionMatrix Confusions { get; }

    /// <summary>Precision, recall and F1.</summary>
    public ClassificationReport Report { get; }

    /// <summary>Confidence against accuracy, in 15 bins.</summary>
    public Calibration Calibration { get; }

    /// <summary>Scores of each corpus.</summary>
    public IReadOnlyList<GroupScores> ByCorpus { get; }

    /// <summary>Scores of each speaker.</summary>
    public IReadOnlyList<GroupScores> BySpeaker { get; }

    /// <summary>Accuracy (WA), with Wilson's interval over clips.</summary>
    public Score Accuracy { get; }

    /// <summary>95% interval of the accuracy when whole speakers are drawn (bootstrap); null when speakers are unknown or there is only one.</summary>
    public Interval? AccuracyOverSpeakers { get; }

    /// <summary>Balanced accuracy (UA), with a bootstrap interval.</summary>
    public Score BalancedAccuracy { get; }

    /// <summary>Mean F1 of the classes that occur, with a bootstrap interval.</summary>
    public Score MacroF1 { get; }

    /// <summary>Share of the most frequent class: what a network reaches that always says the same.</summary>
    public double MajorityShare => Enumerable.Range(0, Classes.Count).Max(Confusions.Support) / Confusions.Total;

    /// <summary>Writes the scores as properties of a JSON object.</summary>
    public void WriteJson(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteNumber("clips", Probabilities.Count);
        Write("accuracy", Accuracy);
        Write("balanced_accuracy", BalancedAccuracy);
        Write("macro_f1", MacroF1);
        json.WriteNumber("weighted_f1", Report.Weighted.F1);
        json.WriteNumber("nll", Probabilities.NegativeLogLikelihood());
        json.WriteNumber("brier", Probabilities.Brier());
        json.WriteNumber("ece", Calibration.ExpectedError);
        json.WriteNumber("top2_accuracy", Probabilities.TopKAccuracy(2));
        json.WriteStartObject("classes");
        for (int c = 0; c < Classes.Count; c++)
        {
            ClassScores scores = Report.PerClass[c];
            json.WriteStartObject(Classes[c]);
            json.WriteNumber("precision", scores.Precision);
            json.WriteNumber("recall", scores.Recall);
            json.WriteNumber("f1", scores.F1);
            json.WriteNumber("support", scores.Support);
            json.WriteEndObject();
        }

        json.WriteEndObject();
        json.WriteStartArray("confusions");
        for (int t = 0; t < Classes.Count; t++)
        {
            json.WriteStartArray();
            for (int p = 0; p < Classes.Count; p++)
            {
                json.WriteNumberValue(Confusions[t, p]);
            }

            json.WriteEndArray();
        }

        json.WriteEndArray();
        Groups("corpora", ByCorpus);
        Groups("speakers", BySpeaker);
        json.WriteEndObject();

        void Write(string name, Score score)
        {
            json.WriteNumber(name, score.Value);
            json.WriteStartArray($"{name}_95");
            json.WriteNumberValue(score.Interval.Low);
            json.WriteNumberValue(score.Interval.High);
            json.WriteEndArray();
        }

        void Groups(string name, IReadOnlyList<GroupScores> groups)
        {
            json.WriteStartObject(name);
            foreach (GroupScores group in groups)
            {
                json.WriteStartObject(group.Group);
                json.WriteNumber("clips", group.Clips);
                json.WriteNumber("accuracy", group.Accuracy);
                json.WriteNumber("balanced_accuracy", group.BalancedAccuracy);
                json.WriteNumber("macro_f1", group.MacroF1);
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }
    }

    private static double MacroF1Of(ConfusionMatrix matrix)
    {
        double sum = 0;
        int occurring = 0;
        for (int c = 0; c < matrix.Classes; c++)
        {
            double support = matrix.Support(c);
            if (support > 0)
            {
                sum += 2 * matrix[c, c] / (support + matrix.Predicted(c));
                occurring++;
            }
        }

        return sum / occurring;
    }
}
