using RawSer.Models.Wav2Vec2;
using RawSer.Nn;

namespace RawSer.GoldenCheck.Models;

/// <summary>Heads on a body, with losses and gradients.</summary>
internal static class HeadCases
{
    public static void Register(HandlerTable table)
    {
        table.Kind("sequence_classification", SequenceClassification);
        table.Kind("regression", Regression);
        table.Kind("report_head", ReportHead);
        table.Kind("ctc", Ctc);
    }

    /// <summary>The classifier of a case's folder, with the last hidden state that the file's version of transformers gives, or another.</summary>
    public static SequenceClassifier Classifier(GoldenCase golden, GoldenRun run, LastHiddenState? lastHidden = null)
    {
        HuggingFaceFolder folder = SpeechFolders.Folder(golden);
        SequenceClassifier network = new(folder.Config with { LastHidden = lastHidden ?? folder.Config.LastHidden });
        folder.Load(network);
        network.To(run.Device);
        return network;
    }

    /// <summary>The report's classifier on a case's body, with its dense layer.</summary>
    public static ReportClassifier Report(GoldenCase golden, GoldenRun run)
    {
        HuggingFaceFolder folder = SpeechFolders.Folder(golden);
        GoldenTensor weight = golden.Input("head_weight");
        ReportClassifier network = new(folder.Config, weight.Shape[0]);
        folder.Load(network, newHead: true);
        network.State("dense.weight").CopyFrom<float>(weight.Floats);
        network.State("dense.bias").CopyFrom<float>(golden.Input("head_bias").Floats);
        network.To(run.Device);
        return network;
    }

    private static void SequenceClassification(GoldenCase golden, GoldenRun run)
    {
        SpeechFolders.Describe(golden);
        using SequenceClassifier network = Classifier(golden, run);
        run.Equal("weighted layer sum", network.Body.Config.WeightedLayerSum, golden.Attrs.Bool("use_weighted_layer_sum"));
        Tensor input = run.ToDevice(golden.Input("input_values")), labels = Labels(golden, run);
        int[]? lengths = SpeechFolders.Lengths(golden);
        Tensor logits = network.Forward(input, lengths), loss = logits.CrossEntropy(labels);
        run.Output("logits", logits);
        run.Output("loss", loss);
        loss.Backward();
        SpeechFolders.Gradients(golden, run, network);
        if (golden.HasOutput("logits_normed_last"))
        {
            using SequenceClassifier former = Classifier(golden, run, LastHiddenState.AfterNorm);
            logits = former.Forward(input, lengths);
            run.Output("logits_normed_last", logits);
            run.Output("loss_normed_last", logits.CrossEntropy(labels));
        }
    }

    private static void Regression(GoldenCase golden, GoldenRun run)
    {
        SpeechFolders.Describe(golden);
        HuggingFaceFolder folder = SpeechFolders.Folder(golden);
        using PooledRegressor network = new(folder.Config);
        folder.Load(network);
        network.To(run.Device);
        Tensor pooled = network.Pool(run.ToDevice(golden.Input("input_values")));
        run.Output("pooled", pooled);
        run.Output("logits", network.Regress(pooled));
    }

    private static void ReportHead(GoldenCase golden, GoldenRun run)
    {
        SpeechFolders.Describe(golden);
        using ReportClassifier network = Report(golden, run);
        Tensor input = run.ToDevice(golden.Input("input_values"));
        int[] lengths = golden.Attrs.Ints("lengths");
        run.Output("pooled", network.Pool(input, lengths));
        Tensor logits = network.Forward(input, lengths), loss = logits.CrossEntropy(Labels(golden, run));
        run.Output("logits", logits);
        run.Output("probs", logits.Softmax(-1));
        run.Output("loss", loss);
        loss.Backward();
        SpeechFolders.Gradients(golden, run, network);
        SpeechFolders.Gradients(golden, run, network.Body);
        foreach ((string role, string name) in new[] { ("grad.head.weight", "dense.weight"), ("grad.head.bias", "dense.bias") })
        {
            if (golden.HasOutput(role))
            {
                run.Output(role, GoldenRun.ToHost(network.State(name).Grad!), SpeechFolders.GradientTolerance(golden, role));
            }
        }
    }

    private static void Ctc(GoldenCase golden, GoldenRun run)
    {
        SpeechFolders.Describe(golden);
        HuggingFaceFolder folder = SpeechFolders.Folder(golden);
        using CtcRecognizer network = new(folder.Config with
        {
            BlankToken = golden.Attrs.Int("blank"),
            CtcMean = golden.Attrs.Choice("reduction", ("mean", true), ("sum", false)),
            CtcZeroInfinity = golden.Attrs.Bool("zero_infinity"),
        });
        folder.Load(network);
        network.To(run.Device);
        int[] lengths = SpeechFolders.Lengths(golden)!;
        Tensor logits = network.Forward(run.ToDevice(golden.Input("input_values")), lengths);
        run.Output("logits", logits);
        GoldenTensor stored = golden.Input("labels");
        int[][] labels = [.. stored.Ints.Chunk(stored.Shape[1]).Select(row => row.Where(label => label >= 0).ToArray())];
        int[] frames = [.. lengths.Select(folder.Config.FramesOf)];
        run.Output("loss_each", logits.CtcLoss(labels, frames, network.Body.Config.BlankToken, LossReduction.None, network.Body.Config.CtcZeroInfinity));
        Tensor leaf = logits.Detach();
        leaf.RequiresGrad = true;
        network.Loss(leaf, labels, lengths).Backward();
        run.Output("d_logits", GoldenRun.ToHost(leaf.Grad!));
        Tensor loss = network.Loss(logits, labels, lengths);
        run.Output("loss", loss);
        loss.Backward();
        SpeechFolders.Gradients(golden, run, network);
    }

    /// <summary>Class indices.</summary>
    public static Tensor Labels(GoldenCase golden, GoldenRun run)
    {
        GoldenTensor labels = golden.Input("labels");
        return Tensor.From(labels.Longs, labels.Shape, run.Device);
    }
}
