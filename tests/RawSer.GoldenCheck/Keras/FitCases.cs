using System.Globalization;
using RawSer.Kernels;
using RawSer.Nn;
using RawSer.Optim;
using RawSer.Training;

namespace RawSer.GoldenCheck.Keras;

/// <summary>Histories of <c>fit</c>: dense - ReLU - dense - softmax, with and without weights of classes or samples.</summary>
internal static class FitCases
{
    private const string Adam = "Adam lr ";

    public static void Register(HandlerTable table) => table.Kind("fit_history", Fit);

    private static void Fit(GoldenCase golden, GoldenRun run)
    {
        GoldenAttributes attrs = golden.Attrs;
        (string Role, string State)[] parameters = [("l1.w", "l1.weight"), ("l1.b", "l1.bias"), ("l2.w", "l2.weight"), ("l2.b", "l2.bias")];
        Shape l1 = golden.Input("l1.w").Shape, l2 = golden.Input("l2.w").Shape;
        using Sequential network = new(("l1", new Linear(l1[0], l1[1])), ("relu", new Relu()), ("l2", new Linear(l2[0], l2[1])));
        LayerRun.Load(golden, run, network, parameters);
        using Optimizer optimizer = Optimizer(attrs.String("optimizer"), network);
        TrainingOptions options = new()
        {
            Epochs = attrs.Int("epochs"),
            BatchSize = attrs.Int("batch_size"),
            Shuffle = attrs.Bool("shuffle"),
            ClassWeights = ClassWeights(attrs),
            ExampleWeights = ExampleWeights(golden),
        };
        if (options.Shuffle)
        {
            throw new GoldenUnsupportedException("the order of a shuffle of Keras");
        }

        ArrayExamples validation = Examples(golden, "xv", "yv");
        History history = new();
        new TrainingLoop(network, optimizer, new Generator(0), Examples(golden, "x", "y"), validation, options, run.Device).Run(history, history);
        run.Output("loss", Of(history, metrics => metrics.TrainLoss));
        run.Output("accuracy", Of(history, metrics => metrics.TrainAccuracy));
        run.Output("val_loss", Of(history, metrics => metrics.ValidationLoss));
        run.Output("val_accuracy", Of(history, metrics => metrics.ValidationAccuracy));
        float[] logits = Prediction.Logits(network, validation, options.BatchSize, run.Device);
        run.Output("pred", Tensor.From(logits, [validation.Count, l2[1]], run.Device).Softmax(-1));
    }

    private static Adam Optimizer(string text, Module network) =>
        text.StartsWith(Adam, StringComparison.Ordinal) && double.TryParse(text[Adam.Length..], CultureInfo.InvariantCulture, out double rate)
            ? new Adam(network.Parameters(), rate, AdamOptions.Keras)
            : throw new GoldenUnsupportedException($"optimiser '{text}'");

    private static float[]? ClassWeights(GoldenAttributes attrs)
    {
        if (!attrs.Has("class_weight"))
        {
            return null;
        }

        GoldenAttributes weights = attrs.Object("class_weight");
        return [.. Enumerable.Range(0, weights.Json.EnumerateObject().Count()).Select(label => weights.Float($"{label}"))];
    }

    /// <summary>The samples' weights are listed in all cases; <c>weights</c> says whether they count.</summary>
    private static float[]? ExampleWeights(GoldenCase golden)
    {
        string which = golden.Attrs.IsString("weights") ? golden.Attrs.String("weights") : "";
        golden.Attrs.Describe("weights");
        golden.Disregard("sample_weight");
        bool known = which is "" or "sample_weight" || (which == "class_weight" && golden.Attrs.Has("class_weight"));
        return which == "sample_weight" ? golden.Input("sample_weight").Floats : known ? null : throw new GoldenUnsupportedException($"weights {which}");
    }

    private static ArrayExamples Examples(GoldenCase golden, string inputs, string labels) =>
        new(golden.Input(inputs).Floats, golden.Input(labels).Ints, golden.Input(inputs).Shape.Without(0));

    private static GoldenTensor Of(History history, Func<EpochMetrics, double> metric) =>
        GoldenTensor.Vector<float>([.. history.Epochs.Select(epoch => (float)metric(epoch))]);

    /// <summary>Collects the metrics; keeps no weights.</summary>
    private sealed class History : ITrainingObserver, IWeightsKeeper
    {
        public List<EpochMetrics> Epochs { get; } = [];

        public void BatchFinished(BatchProgress progress)
        {
        }

        public void EpochFinished(EpochMetrics metrics) => Epochs.Add(metrics);

        public void KeepBest(Module network)
        {
        }

        public void RestoreBest(Module network) => throw new InvalidOperationException("nothing is restored without early stopping");

        public void KeepState(TrainingState state)
        {
        }
    }
}
