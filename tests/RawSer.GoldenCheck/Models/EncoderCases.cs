using RawSer.Models.Wav2Vec2;
using RawSer.Nn;

namespace RawSer.GoldenCheck.Models;

/// <summary>Bodies of Wav2Vec2, HuBERT and WavLM: layer by layer, with gradients; from all containers; with given masks.</summary>
internal static class EncoderCases
{
    private const int Shown = 64;

    public static void Register(HandlerTable table)
    {
        table.Kind("encoder", Encoder);
        table.Kind("container", Container);
        table.Kind("spec_augment", Container);
    }

    private static void Encoder(GoldenCase golden, GoldenRun run)
    {
        using Wav2Vec2Model model = Load(golden, run);
        Tensor input = run.ToDevice(golden.Input("input_values"));
        input.RequiresGrad = golden.HasOutput("d_input_values");
        Wav2Vec2Inputs inputs = new() { Lengths = SpeechFolders.Lengths(golden), HiddenStates = true };
        Dictionary<string, string> parts = Parts(model);
        Wav2Vec2Output output = null!;
        using (NoGradScope? noGrad = input.RequiresGrad ? null : Autograd.NoGrad())
        {
            Module.Observe(call => Layer(golden, run, call, parts, model), () => output = model.Run(input, inputs));
        }

        Result(golden, run, output);
        if (!golden.HasInput("loss_weights"))
        {
            return;
        }

        Tensor loss = (run.ToDevice(golden.Input("loss_weights")) * output.Last).Sum();
        run.Output("loss", loss);
        loss.Backward();
        run.Output("d_input_values", GoldenRun.ToHost(input.Grad!), SpeechFolders.GradientTolerance(golden, "d_input_values"));
        SpeechFolders.Gradients(golden, run, model);
    }

    private static void Container(GoldenCase golden, GoldenRun run)
    {
        using Wav2Vec2Model model = Load(golden, run);
        model.To(run.Device);
        model.PackWeights(keepOriginals: false);
        using NoGradScope noGrad = Autograd.NoGrad();
        Result(golden, run, model.Run(run.ToDevice(golden.Input("input_values")), new Wav2Vec2Inputs
        {
            Lengths = SpeechFolders.Lengths(golden),
            TimeMask = SpeechFolders.Mask(golden, run, "mask_time_indices"),
            FeatureMask = SpeechFolders.Mask(golden, run, "mask_feature_indices"),
            HiddenStates = true,
        }));
    }

    private static Wav2Vec2Model Load(GoldenCase golden, GoldenRun run)
    {
        SpeechFolders.Describe(golden);
        Wav2Vec2Model model = SpeechFolders.Folder(golden).LoadBody().Model;
        model.To(run.Device);
        return model;
    }

    private static void Result(GoldenCase golden, GoldenRun run, Wav2Vec2Output output)
    {
        run.Output("last_hidden_state", output.Last);
        if (golden.HasOutput("extract_features"))
        {
            run.Output("extract_features", output.Features);
        }

        for (int i = 0; i < output.HiddenStates.Count; i++)
        {
            if (golden.HasOutput($"hidden_states.{i}"))
            {
                run.Output($"hidden_states.{i}", output.HiddenStates[i]);
            }
        }
    }

    /// <summary>The parts whose results the case shows, under its names for them.</summary>
    private static Dictionary<string, string> Parts(Wav2Vec2Model model)
    {
        Dictionary<string, string> parts = new() { ["encoder.pos_conv_embed"] = "pos_conv" };
        for (int i = 0; i < model.Config.ConvDim.Count; i++)
        {
            parts[$"feature_extractor.conv_layers.{i}"] = $"conv{i}";
        }

        return parts;
    }

    private static void Layer(GoldenCase golden, GoldenRun run, ModuleCall call, Dictionary<string, string> parts, Wav2Vec2Model model)
    {
        if (call.Step is not null)
        {
            Show(golden, run, call.Step, call.Output);
            return;
        }

        string name = model.NamedModules().First(part => part.Module == call.Module).Name;
        if (!parts.TryGetValue(name, out string? role))
        {
            return;
        }

        using NoGradScope noGrad = Autograd.NoGrad();
        Tensor shown = role == "pos_conv" ? call.Output : call.Output.Transpose(1, 2); // ours has the channels last
        Show(golden, run, role, shown);
        Show(golden, run, $"{role}_first{Shown}", shown.Slice(2, 0, Shown));
        Show(golden, run, $"{role}_last{Shown}", shown.Slice(2, -Shown));
    }

    private static void Show(GoldenCase golden, GoldenRun run, string role, Tensor tensor)
    {
        if (golden.HasOutput(role))
        {
            run.Output(role, tensor);
        }
    }
}
