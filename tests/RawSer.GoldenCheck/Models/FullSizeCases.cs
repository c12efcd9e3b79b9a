using System.Text.Json;
using System.Text.Json.Nodes;
using RawSer.Kernels;
using RawSer.Models.Wav2Vec2;
using RawSer.Nn;
using RawSer.Testing;
using RawSer.Weights.Synthesis;

namespace RawSer.GoldenCheck.Models;

/// <summary>Published architectures in full size with procedural weights and input: slices, statistics, and norms of gradients.</summary>
internal static class FullSizeCases
{
    public static void Register(HandlerTable table) => table.Kind("full_size_wav2vec2", Wav2Vec2);

    private static void Wav2Vec2(GoldenCase golden, GoldenRun run)
    {
        golden.Attrs.Describe("frames", "float32_deviation");
        using JsonDocument table = JsonDocument.Parse(File.ReadAllBytes(golden.PathOf(golden.Attrs.String("procedural"))));
        int seed = table.RootElement.GetProperty("seed").GetInt32();
        using ReportClassifier network = Create(table.RootElement, seed);
        run.Equal("parameters", network.Body.ParameterCount, golden.Attrs.Long("parameters"));
        network.To(run.Device);
        GoldenAttributes input = golden.Attrs.Object("input");
        input.Only("formula", "audio");
        int[] lengths = input.Ints("lengths");
        int samples = input.Int("samples");
        Tensor waveforms = Tensor.From(Audio(seed, lengths, samples), [lengths.Length, samples], run.Device);
        JsonElement stats = table.RootElement.GetProperty("stats"), gradients = table.RootElement.GetProperty("gradients");
        bool isTrained = gradients.EnumerateObject().Any();
        network.Body.GradientCheckpointing = isTrained;
        Wav2Vec2Output output = null!;
        using (NoGradScope noGrad = Autograd.NoGrad())
        {
            Module.Observe(call => Layer(golden, run, stats, network.Body, call), () => output = network.Body.Run(waveforms, new Wav2Vec2Inputs
            {
                Lengths = golden.Attrs.Bool("attention_mask") ? lengths : null,
                HiddenStates = true,
            }));
        }

        for (int i = 0; i < output.HiddenStates.Count; i++)
        {
            Show(golden, run, stats, $"hidden_states.{i}", output.HiddenStates[i]);
        }

        run.Output("last_hidden_state", output.Last);
        Show(golden, run, stats, "last_hidden_state", output.Last);
        Show(golden, run, stats, "extract_features", output.Features);
        Head(golden, run, network, waveforms, lengths, isTrained ? gradients : null, output);
    }

    private static void Head(
        GoldenCase golden, GoldenRun run, ReportClassifier network, Tensor waveforms, int[] lengths, JsonElement? gradients, Wav2Vec2Output output)
    {
        using NoGradScope? noGrad = gradients is null ? Autograd.NoGrad() : null;
        Tensor pooled = gradients is null
            ? output.Last.MaskedMean(1, ValidFrames(network.Body.Config, lengths, output.Last.Shape[1], run.Device))
            : network.Pool(waveforms, lengths);
        Tensor logits = pooled.Linear(network.State("dense.weight"), network.State("dense.bias"));
        int[] labels = golden.Attrs.Ints("labels");
        Tensor loss = logits.CrossEntropy(Tensor.From([.. labels.Select(label => (long)label)], [labels.Length], run.Device));
        run.Output("pooled", pooled);
        run.Output("logits", logits);
        run.Output("probs", logits.Softmax(-1));
        run.Output("loss", loss);
        Tolerance tolerance = new(golden.Attrs.Double("grad_l2_rtol"), 1e-6);
        if (gradients is { } expected)
        {
            loss.Backward();
            foreach (JsonProperty gradient in expected.EnumerateObject())
            {
                double norm = GoldenRun.ToHost(network.State(Ours(gradient.Name)).Grad!).Doubles.Sum(v => v * v);
                run.Close($"norm of the gradient of {gradient.Name}", Math.Sqrt(norm), gradient.Value.GetProperty("l2").GetDouble(), tolerance);
            }
        }
    }

    private static ReportClassifier Create(JsonElement table, int seed)
    {
        JsonObject config = JsonNode.Parse(table.GetProperty("config").GetRawText())!.AsObject();
        config["model_type"] = "wav2vec2";
        config["transformers_version"] = "5.23.0";
        ReportClassifier network = new(Wav2Vec2ConfigFile.Parse(System.Text.Encoding.UTF8.GetBytes(config.ToJsonString()), "the golden table"), classes: 7);
        HashSet<string> filled = [];
        foreach (JsonElement row in table.GetProperty("tensors").EnumerateArray())
        {
            string name = row.GetProperty("name").GetString()!;
            ProceduralTensor procedural = new(
                name, [.. row.GetProperty("shape").EnumerateArray().Select(n => n.GetInt64())], row.GetProperty("base").GetDouble(), row.GetProperty("scale").GetDouble());
            float[] values = new float[procedural.Count];
            procedural.Fill(seed, 0, values);
            network.State(Ours(name)).CopyFrom<float>(values);
            filled.Add(Ours(name));
        }

        string[] empty = [.. network.NamedState().Select(s => s.Name).Except(filled)];
        return empty.Length == 0 ? network : throw new GoldenFormatException($"no values for {string.Join(", ", empty)}");
    }

    private static string Ours(string name) => name.StartsWith("head.", StringComparison.Ordinal)
        ? $"dense.{name["head.".Length..]}"
        : "wav2vec2." + name.Replace(".parametrizations.weight.original0", ".weight_g", StringComparison.Ordinal).Replace(".parametrizations.weight.original1", ".weight_v", StringComparison.Ordinal);

    /// <summary>The audio of the README's formula, in integers and exact fractions.</summary>
    private static float[] Audio(int seed, int[] lengths, int samples)
    {
        float[] audio = new float[lengths.Length * samples], noise = new float[audio.Length];
        new ProceduralTensor("audio", [lengths.Length, samples], 0, 1).Fill(seed, 0, noise);
        for (int c = 0; c < lengths.Length; c++)
        {
            for (int n = 0; n < lengths[c]; n++)
            {
                long phase = ((long)n * (1000 + (300 * c))) + ((long)n * n / 64);
                double triangle = (Math.Abs((phase & 65535) - 32768) / 16384.0) - 1;
                audio[(c * samples) + n] = (float)((0.75 * triangle) + (0.25 * noise[(c * samples) + n]));
            }
        }

        return audio;
    }

    private static Tensor ValidFrames(Wav2Vec2Config config, int[] lengths, int frames, Device device) => Tensor.From(
        [.. lengths.SelectMany(length => Enumerable.Range(0, frames).Select(t => t < config.FramesOf(length)))], [lengths.Length, frames, 1], device);

    private static void Layer(GoldenCase golden, GoldenRun run, JsonElement stats, Wav2Vec2Model model, ModuleCall call)
    {
        if (call.Step is null && model.NamedModules().FirstOrDefault(part => part.Module == call.Module).Name is { } name)
        {
            if (name == "encoder.pos_conv_embed")
            {
                Show(golden, run, stats, "pos_conv", call.Output);
            }
            else if (name.StartsWith("feature_extractor.conv_layers.", StringComparison.Ordinal) && name.Count(c => c == '.') == 2)
            {
                Show(golden, run, stats, $"conv{name[^1]}", call.Output.Transpose(1, 2)); // ours has the channels last
            }
        }
    }

    private static void Show(GoldenCase golden, GoldenRun run, JsonElement stats, string what, Tensor tensor)
    {
        string role = $"{what}_slice";
        if (golden.HasOutput(role))
        {
            run.Output(role, Slice(tensor, golden.Attrs.Object("slices").String(role)));
        }

        if (!stats.TryGetProperty(what, out JsonElement expected))
        {
            return;
        }

        double[] values = GoldenRun.ToHost(tensor).Doubles, ends = [expected.GetProperty("min").GetDouble(), expected.GetProperty("max").GetDouble()];
        double tolerance = golden.Attrs.Double("stats_tol");
        Tolerance allowed = new(0, tolerance * ends.Max(Math.Abs));
        double[] first = Numbers(expected, "first"), last = Numbers(expected, "last");
        run.Equal($"shape of {what}", string.Join(" ", tensor.Shape), string.Join(" ", Numbers(expected, "shape")));
        run.Close($"norm of {what}", Math.Sqrt(values.Sum(v => v * v)), expected.GetProperty("l2").GetDouble(), new Tolerance(tolerance, 0));
        run.Close($"ends of {what}", [values.Min(), values.Max()], ends, allowed);
        run.Close($"first of {what}", values.AsSpan(0, first.Length), first, allowed);
        run.Close($"last of {what}", values.AsSpan(values.Length - last.Length), last, allowed);
    }

    /// <summary>What NumPy's slices in <c>name[:, ::6, ::16]</c> choose.</summary>
    private static Tensor Slice(Tensor tensor, string text)
    {
        string[] parts = text[(text.LastIndexOf('[') + 1)..^1].Split(", ");
        Tensor result = tensor;
        for (int d = 0; d < parts.Length; d++)
        {
            result = parts[d].StartsWith("::", StringComparison.Ordinal) ? result.Slice(d, step: int.Parse(parts[d][2..]))
                : parts[d] == ":" ? result
                : throw new GoldenUnsupportedException($"slice {text}");
        }

        return result;
    }

    private static double[] Numbers(JsonElement element, string name) => [.. element.GetProperty(name).EnumerateArray().Select(n => n.GetDouble())];
}
