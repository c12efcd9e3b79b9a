using RawSer.Models.Wav2Vec2;
using RawSer.Nn;
using RawSer.Optim;
using RawSer.Testing;

namespace RawSer.GoldenCheck.Models;

/// <summary>
/// Five steps of fine-tuning without dropout: losses, then the weights. Adam makes a step of the size of the rate of a gradient that is only rounding noise,
/// so the tolerance must hold for 99.9% of the elements, and 2e-3 (two steps of the rate 1e-3) for all.
/// </summary>
internal static class FineTuningCases
{
    private const double ShareThatMayDiffer = 1e-3;
    private const double LargestDifference = 2e-3;

    public static void Register(HandlerTable table) => table.Kind("training", Train);

    private static void Train(GoldenCase golden, GoldenRun run)
    {
        SpeechFolders.Describe(golden);
        bool isReport = golden.HasInput("head_weight");
        using SpeechNetwork network = isReport ? HeadCases.Report(golden, run) : HeadCases.Classifier(golden, run);
        network.Body.GradientCheckpointing = golden.Attrs.Bool("gradient_checkpointing", false);
        if (golden.Attrs.Bool("freeze_feature_encoder", false))
        {
            network.Body.FeatureEncoder.Freeze();
        }

        AdamOptions options = golden.Attrs.ChoiceOr("optimizer", new AdamOptions(), ("keras_adam", AdamOptions.Keras));
        using Adam optimizer = new(network.Parameters().Where(p => p.RequiresGrad), golden.Attrs.Double("lr"), options);
        Tensor input = run.ToDevice(golden.Input("input_values")), labels = HeadCases.Labels(golden, run);
        int[]? lengths = isReport ? golden.Attrs.Ints("lengths") : SpeechFolders.Lengths(golden);
        List<float> losses = [];
        for (int step = 0; step < golden.Attrs.Int("steps"); step++)
        {
            using TensorScope scope = Tensor.Scope();
            Tensor loss = network.Forward(input, lengths).CrossEntropy(labels);
            losses.Add(loss.Item<float>());
            network.ZeroGrad();
            loss.Backward();
            optimizer.Step();
        }

        run.Output("losses", GoldenTensor.Vector<float>([.. losses]));
        foreach (string role in golden.OutputRoles.Where(role => role.StartsWith("final.", StringComparison.Ordinal)))
        {
            Final(golden, run, role, network, isReport);
        }
    }

    private static void Final(GoldenCase golden, GoldenRun run, string role, SpeechNetwork network, bool isReport)
    {
        string name = role["final.".Length..];
        string ours = name.Replace(".parametrizations.weight.original0", ".weight_g", StringComparison.Ordinal).Replace(".parametrizations.weight.original1", ".weight_v", StringComparison.Ordinal);
        ours = ours switch
        {
            "head.weight" => "dense.weight",
            "head.bias" => "dense.bias",
            _ when isReport => $"{network.Body.Config.BodyName}.{ours}",
            _ => ours,
        };
        double[] got = GoldenRun.ToHost(network.State(ours)).Doubles, expected = golden.Expected(role).Doubles;
        int beyond = got.Zip(expected).Count(pair => !golden.Tolerance.Accepts(pair.First, pair.Second));
        double largest = got.Zip(expected).Max(pair => Math.Abs(pair.First - pair.Second));
        run.Covered(role);
        run.Check(role, got.Length == expected.Length && beyond <= ShareThatMayDiffer * got.Length && largest < LargestDifference, $"{beyond} of {got.Length} elements differ, the largest by {largest:g3}");
    }
}
