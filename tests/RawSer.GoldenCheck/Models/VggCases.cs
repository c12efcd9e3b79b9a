using System.Text.Json;
using RawSer.Models.Vgg;
using RawSer.Nn;
using RawSer.Weights;
using RawSer.Weights.Synthesis;

namespace RawSer.GoldenCheck.Models;

/// <summary>VGG networks of torchvision's layout: a small one from its files with all gradients, and VGG16 at full size with procedural weights.</summary>
internal static class VggCases
{
    public static void Register(HandlerTable table)
    {
        table.Kind("vgg", Small);
        table.Kind("full_size_vgg16", FullSize);
        table.Kind("hash_formula", Formula);
    }

    private static void Small(GoldenCase golden, GoldenRun run)
    {
        string folder = golden.PathOf(golden.Attrs.String("model"));
        golden.Attrs.Describe("float32_deviation");
        Tensor image = run.ToDevice(golden.Input("image"));
        VggOptions options = Options(golden.Attrs.Get("plan"), image.Shape, Path.Combine(folder, "model.safetensors"));
        Tensor labels = Tensor.From(golden.Input("labels").Longs, [image.Shape[0]], run.Device);
        image.RequiresGrad = true;
        using VggNetwork network = new(options);
        StateDict.Load(network, Path.Combine(folder, "model.safetensors"));
        network.To(run.Device);
        Tensor logits = network.Forward(image);
        Tensor loss = logits.CrossEntropy(labels);
        loss.Backward();
        run.Output("logits", logits);
        run.Output("loss", loss);
        ProceduralValues.Gradient(golden, run, "d_image", GoldenRun.ToHost(image.Grad!));
        foreach (NamedTensor parameter in network.NamedParameters())
        {
            ProceduralValues.Gradient(golden, run, $"grad.{parameter.Name}", GoldenRun.ToHost(parameter.Value.Grad!));
        }

        using VggNetwork fromPickle = new(options);
        StateDict.Load(fromPickle, Path.Combine(folder, "model.pth"));
        fromPickle.To(run.Device);
        using NoGradScope noGrad = Autograd.NoGrad();
        run.Close("logits of model.pth, layer by layer", GoldenRun.ToHost(Layers(golden, run, fromPickle, image)).Doubles, golden.Expected("logits").Doubles);
        run.Close("logits of the fused pass", GoldenRun.ToHost(network.Forward(image)).Doubles, golden.Expected("logits").Doubles);
    }

    private static void FullSize(GoldenCase golden, GoldenRun run)
    {
        GoldenAttributes attrs = golden.Attrs;
        attrs.Describe("float32_deviation");
        using JsonDocument procedural = JsonDocument.Parse(File.ReadAllText(golden.PathOf(attrs.String("procedural"))));
        JsonElement root = procedural.RootElement;
        int seed = root.GetProperty("seed").GetInt32();
        using VggNetwork network = new(VggOptions.ImageNet);
        run.Equal("parameters", network.ParameterCount, attrs.Object("parameters").Long("total"));
        run.Equal("parameters of features", network.Features.ParameterCount, attrs.Object("parameters").Long("features"));
        ProceduralValues.Load(network, ProceduralValues.List(root.GetProperty("tensors")), seed);
        network.To(run.Device);
        attrs.Object("input").Only("formula", "image");
        int size = attrs.Object("input").Int("size");
        Tensor image = Tensor.From(ProceduralValues.Image(size, seed), [1, 3, size, size], run.Device);

        double share = attrs.Double("stats_tol");
        GoldenAttributes slices = attrs.Object("slices");
        JsonElement statistics = root.GetProperty("stats");
        Infer();
        Tensor logits = network.Forward(image);
        Tensor loss = logits.CrossEntropy(Tensor.From<long>([attrs.Int("label")], [1], run.Device));
        run.Output("logits", logits);
        run.Output("loss", loss);
        loss.Backward();
        foreach (NamedTensor parameter in network.NamedParameters())
        {
            double expected = root.GetProperty("gradients").GetProperty(parameter.Name).GetProperty("l2").GetDouble();
            double norm = ProceduralValues.Norm(GoldenRun.ToHost(parameter.Value.Grad!).Doubles);
            run.Close($"norm of the gradient of {parameter.Name}", norm, expected, new Testing.Tolerance(attrs.Double("grad_l2_rtol"), 0));
        }

        network.PackWeights();
        Infer();
        run.Output("logits", network.Forward(image));

        void Infer()
        {
            using NoGradScope noGrad = Autograd.NoGrad();
            int pool = 0;
            Module.Observe(
                call =>
                {
                    if (call.Module is MaxPool2d && $"pool{++pool}" is { } name)
                    {
                        run.Output($"{name}_slice", ProceduralValues.Part(call.Output, slices.String($"{name}_slice")));
                        run.Output($"{name}_edge", ProceduralValues.Part(call.Output, slices.String($"{name}_edge")));
                        ProceduralValues.CheckStatistics(run, name, GoldenRun.ToHost(call.Output), statistics.GetProperty(name), share);
                    }
                },
                () => network.Forward(image));
        }
    }

    private static void Formula(GoldenCase golden, GoldenRun run)
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllText(golden.PathOf(golden.File!)));
        JsonElement root = document.RootElement;
        int seed = root.GetProperty("seed").GetInt32();
        foreach (JsonProperty hash in root.GetProperty("fnv1a64").EnumerateObject())
        {
            run.Equal($"hash of '{hash.Name}'", ProceduralTensor.Hash(hash.Name).ToString("x16"), hash.Value.GetString()!);
        }

        foreach (JsonProperty stream in root.GetProperty("streams").EnumerateObject())
        {
            Check(stream.Name, 0, stream.Value);
        }

        JsonElement far = root.GetProperty("far");
        Check(far.GetProperty("name").GetString()!, far.GetProperty("start").GetInt64(), far.GetProperty("values"));
        JsonElement audio = root.GetProperty("audio"), image = root.GetProperty("image");
        int[] lengths = [.. audio.GetProperty("lengths").EnumerateArray().Select(length => length.GetInt32())];
        Same("audio", ProceduralValues.Audio(lengths, audio.GetProperty("samples").GetInt32(), seed), audio.GetProperty("values"));
        Same("image", ProceduralValues.Image(image.GetProperty("size").GetInt32(), seed), image.GetProperty("values"));

        void Check(string name, long start, JsonElement expected)
        {
            float[] values = new float[expected.GetArrayLength()];
            new ProceduralTensor(name, [start + values.Length], 0, 1).Fill(seed, start, values);
            Same(name, values, expected);
        }

        void Same(string what, float[] got, JsonElement expected) =>
            run.Check(what, got.SequenceEqual(expected.EnumerateArray().Select(value => (float)value.GetDouble())), string.Join(", ", got.Take(4)));
    }

    /// <summary>The results after every pooling, and the logits.</summary>
    private static Tensor Layers(GoldenCase golden, GoldenRun run, VggNetwork network, Tensor image)
    {
        Dictionary<Module, string> names = network.NamedModules().ToDictionary(m => m.Module, m => m.Name);
        Tensor? logits = null;
        Module.Observe(
            call =>
            {
                if (golden.HasOutput(names[call.Module]))
                {
                    run.Output(names[call.Module], call.Output);
                }
            },
            () => logits = network.Forward(image));
        return logits!;
    }

    /// <summary>A plan of widths and M for a pooling; the widths of the dense layers are those of the file.</summary>
    private static VggOptions Options(JsonElement plan, Kernels.Shape image, string path)
    {
        List<VggBlock> blocks = [];
        List<int> widths = [];
        foreach (JsonElement item in plan.EnumerateArray())
        {
            if (item.ValueKind == JsonValueKind.Number)
            {
                widths.Add(item.GetInt32());
                continue;
            }

            blocks.Add(new VggBlock(widths));
            widths = [];
        }

        using WeightSource file = WeightSource.Open(path);
        return new VggOptions
        {
            Blocks = blocks,
            Channels = image[1],
            ImageSize = image[2],
            Hidden = [(int)file["classifier.0.weight"].Extents[0], (int)file["classifier.3.weight"].Extents[0]],
            Classes = (int)file["classifier.6.weight"].Extents[0],
        };
    }
}
