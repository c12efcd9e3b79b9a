using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Text.Json;
using RawSer.Audio.Features;
using RawSer.Audio.Pipeline;
using RawSer.Recipes.Corpora;
using RawSer.Recipes.Experiments;
using RawSer.Recipes.Metrics;
using RawSer.Recipes.Reports;
using RawSer.Recipes.Splits;
using RawSer.Training;

namespace RawSer.Recipes.Runs;

/// <summary>Judges the weights of a run and writes what is found into its folder.</summary>
public sealed class RunEvaluation(RunFolder folder, Recipe recipe, Device device)
{
    private const int ExampleCount = 8;

    /// <summary>Predictions for a part of the data, batch by batch in its order.</summary>
    public IReadOnlyList<ClipPrediction> Predict(Nn.Module network, RunData data, SplitPart part, IExamples examples)
    {
        IReadOnlyList<int> clips = data.Split[part];
        float[] logits = Prediction.Logits(network, examples, recipe.Training.Batch, device);
        int classes = data.Clips.Classes.Count;
        if (logits.AsSpan().IndexOfAnyExceptInRange(float.MinValue, float.MaxValue) is >= 0 and int bad)
        {
            throw new RunException($"{data.Clips.Clips[clips[bad / classes]].Path}: the network's result is {logits[bad].ToString(CultureInfo.InvariantCulture)}: its weights diverged in training; train anew with a smaller optimizer.learning_rate");
        }

        return [.. clips.Select((clip, i) => Describe(data.Clips, clip, Softmax(logits.AsSpan(i * classes, classes))))];
    }

    /// <summary>Evaluates the test part; writes <c>evaluation.json</c> and <c>report.html</c>.</summary>
    public Evaluation Write(Nn.Module network, RunData data, IExamples test, IRunObserver observer)
    {
        observer.StageStarted("evaluation", test.Count, "clips");
        IReadOnlyList<ClipPrediction> predictions = Predict(network, data, SplitPart.Test, test);
        Evaluation evaluation = new(predictions, data.Clips.Classes);
        RunFolder.Replace(folder.EvaluationPath, stream =>
        {
            using Utf8JsonWriter json = new(stream, new JsonWriterOptions { Indented = true });
            evaluation.WriteJson(json);
        });
        RunReport report = Report(data, predictions);
        RunFolder.Replace(folder.ReportPath, stream =>
        {
            using StreamWriter writer = new(stream, leaveOpen: true);
            HtmlReport.Write(writer, report);
        });
        return evaluation;
    }

    /// <summary>Judges the best weights of a finished run again, on a part of its data or on all clips of other data; writes nothing.</summary>
    /// <exception cref="RunException">There is no run in the folder.</exception>
    /// <exception cref="CorpusException">The data is not there, has no clips, or has other classes than the network.</exception>
    public static Evaluation Again(
        RunFolder folder, IReadOnlyList<CorpusSource>? otherData, SplitPart part, Device device, FeatureCache? cache, IRunObserver observer, CancellationToken cancel)
    {
        Recipe recipe = folder.ReadRecipe();
        (RunNetwork loaded, FeatureStandardizer? standardizer) = RunNetwork.Load(recipe, folder.BestPath, device);
        using RunNetwork network = loaded;
        IReadOnlyList<string> classes = network.Settings.Classes;
        RunData data = otherData is null
            ? RunData.Divide(recipe, RunRecord.Read(folder).Sources(folder), folder.SplitPath, observer, cancel)
            : RunData.Whole(recipe, classes, otherData, observer, cancel);
        part = otherData is null ? part : SplitPart.Train;
        if (RunNetwork.ReadsFeatures(recipe))
        {
            data.ExtractFeatures(recipe, cache, device, standardizer, forTraining: false, observer, cancel);
        }

        IExamples examples = network.Inputs(data, part, forTraining: false, cache, observer, cancel);
        Recipe judged = recipe with { Training = recipe.Training with { Batch = Math.Min(recipe.Training.Batch, network.Settings.LargestBatch) } };
        IReadOnlyList<ClipPrediction> predictions = new RunEvaluation(folder, judged, device).Predict(network.Trained, data, part, examples);
        return predictions.Count > 0 ? new Evaluation(predictions, classes) : throw new CorpusException($"the {part.ToString().ToLowerInvariant()} part of {folder.Path} has no clips");
    }

    private static ClipPrediction Describe(LabelledClips clips, int index, double[] probabilities)
    {
        Clip clip = clips.Clips[index];
        return new ClipPrediction(clip.RelativePath, clip.Corpus, clip.SpeakerKey, clips.Labels[index], probabilities);
    }

    private static double[] Softmax(ReadOnlySpan<float> logits)
    {
        double max = float.NegativeInfinity;
        foreach (float x in logits)
        {
            max = Math.Max(max, x);
        }

        double[] result = new double[logits.Length];
        double sum = 0;
        for (int i = 0; i < logits.Length; i++)
        {
            sum += result[i] = Math.Exp(logits[i] - max);
        }

        return Array.ConvertAll(result, x => x / sum);
    }

    private RunReport Report(RunData data, IReadOnlyList<ClipPrediction> predictions)
    {
        IReadOnlyList<EpochMetrics> epochs = folder.ReadMetrics();
        bool best = recipe.Training.BestWeights != BestWeights.Ignore;
        return new RunReport
        {
            Title = recipe.Name,
            Description = recipe.Description,
            Created = DateTimeOffset.Now,
            Split = $"split by {recipe.Split.Kind.ToString().ToLowerInvariant()}{(recipe.Split.Folds > 0 ? $", fold {recipe.Split.Fold} of {recipe.Split.Folds}" : "")}",
            Classes = data.Clips.Classes,
            Predictions = predictions,
            Parts = [.. Enum.GetValues<SplitPart>().Select(part => (part, (IReadOnlyList<int>)data.Clips.ClassCounts(data.Split[part])))],
            Epochs = [.. epochs.Select(e => new EpochPoint(e.Epoch, e.TrainLoss, e.TrainAccuracy, e.ValidationLoss, e.ValidationAccuracy))],
            KeptEpoch = epochs.LastOrDefault(e => !best || e.IsBest)?.Epoch,
            Trials = SearchRecord.Read(folder)?.Trials ?? [],
            Leakage = LeakageAudit.Run(data.Clips.Clips, data.Split),
            Examples = !data.HasFeatures ? [] :
            [
                .. RunReport.ChooseExamples(predictions, ExampleCount)
                    .Select(i => new ReportExample(i, data.Examples(SplitPart.Test).ToArray(i), data.Extractor.Rows, data.Extractor.Frames)),
            ],
            RecipeJson = RecipeFile.Write(recipe),
            Environment = Environment(),
            Published = PublishedResult.Of(recipe.Name),
            Notes = data.Refused.Count == 0 ? [] : [$"{data.Refused.Count} {(data.Refused.Count == 1 ? "file was" : "files were")} left out, the first: {data.Refused[0].Path}: {data.Refused[0].Reason}"],
        };
    }

    private IReadOnlyList<(string Name, string Value)> Environment() =>
    [
        ("RawSer", typeof(RunEvaluation).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown"),
        ("Device", device.Name),
        ("Vector width", (Vector512.IsHardwareAccelerated ? 512 : Vector256.IsHardwareAccelerated ? 256 : 128).ToString(CultureInfo.InvariantCulture) + " bits"),
        ("Threads", Kernels.WorkerPool.Shared.ThreadCount.ToString(CultureInfo.InvariantCulture)),
        ("Runtime", RuntimeInformation.FrameworkDescription),
        ("System", $"{RuntimeInformation.OSDescription}, {RuntimeInformation.ProcessArchitecture}"),
    ];
}
