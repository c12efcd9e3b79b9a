namespace RawSer.GoldenCheck.Keras;

/// <summary>Cross-entropies of logits and of probabilities, and which of the two a training with a softmax at its end uses.</summary>
internal static class LossCases
{
    private const string Labels = "labels";
    private const string Weights = "sample_weight";

    public static void Register(HandlerTable table)
    {
        table.Kind("loss", Loss);
        table.Kind("loss_in_fit", LossInFit);
    }

    private static void Loss(GoldenCase golden, GoldenRun run)
    {
        GoldenAttributes attrs = golden.Attrs;
        string source = golden.InputRoles.Single(role => role is not (Labels or Weights));
        Tensor x = run.Input(source);
        Tensor labels = Tensor.From(golden.Input(Labels).Longs, golden.Input(Labels).Shape, run.Device);
        bool fromLogits = attrs.Bool("from_logits", false);
        double smoothing = attrs.Double("label_smoothing", 0);
        string loss = attrs.String("loss");
        Tensor Losses(LossReduction reduction) => loss switch
        {
            "categorical_crossentropy" when fromLogits => x.CrossEntropy(OneHot(labels, x), labelSmoothing: smoothing, reduction: reduction),
            "categorical_crossentropy" => x.KerasCategoricalCrossEntropy(OneHot(labels, x), reduction: reduction, labelSmoothing: smoothing),
            "sparse_categorical_crossentropy" when smoothing == 0 && fromLogits => x.CrossEntropy(labels, reduction: reduction),
            "sparse_categorical_crossentropy" when smoothing == 0 => x.KerasSparseCategoricalCrossEntropy(labels, reduction: reduction),
            string other => throw new GoldenUnsupportedException($"loss {other}"),
        };

        Tensor perSample = Losses(LossReduction.None), mean;
        if (attrs.StringOrNull(Weights) is { } weights)
        {
            perSample *= run.ToDevice(golden.Input(weights));
            mean = perSample.Mean(); // over the number of samples, not the sum of weights
        }
        else
        {
            mean = Losses(LossReduction.Mean);
        }

        run.Output("per_sample", perSample);
        run.Output("loss", mean);
        mean.Backward();
        run.Output($"d{source}", x.Grad!);
    }

    /// <summary>
    /// Keras goes back to the logits behind a softmax, except where it runs eagerly and the softmax is a layer of its own, whose input it
    /// cannot see.
    /// </summary>
    private static void LossInFit(GoldenCase golden, GoldenRun run)
    {
        double[][] rows = [.. golden.Attrs.Get("logits").EnumerateArray().Select(row => row.EnumerateArray().Select(value => value.GetDouble()).ToArray())];
        int[] labels = golden.Attrs.Ints("labels");
        Tensor logits = Tensor.From([.. rows.SelectMany(row => row).Select(value => (float)value)], [rows.Length, rows[0].Length], run.Device);
        Tensor target = Tensor.From([.. labels.Select(label => (long)label)], [labels.Length], run.Device);
        foreach (GoldenAttributes row in golden.Attrs.Objects("rows"))
        {
            bool layer = row.String("head") switch
            {
                "Dense+Softmax layer" => true,
                "Dense(activation='softmax')" => false,
                string other => throw new GoldenUnsupportedException($"head {other}"),
            };
            bool eager = row.Bool("run_eagerly");
            Tensor loss = layer && eager ? logits.Softmax(-1).KerasCategoricalCrossEntropy(OneHot(target, logits)) : logits.CrossEntropy(target);
            run.Close($"{row.String("head")}, eager {eager}", loss.Item<float>(), row.Double("loss"));
        }
    }

    private static Tensor OneHot(Tensor labels, Tensor like)
    {
        int classes = like.Shape[-1];
        long[] indices = labels.ToArray<long>();
        float[] values = new float[indices.Length * classes];
        for (int i = 0; i < indices.Length; i++)
        {
            values[(i * classes) + indices[i]] = 1;
        }

        return Tensor.From(values, [indices.Length, classes], like.Device);
    }
}
