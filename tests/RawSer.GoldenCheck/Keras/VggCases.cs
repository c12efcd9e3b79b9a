using System.Text.Json;
using RawSer.Kernels;
using RawSer.Models;
using RawSer.Models.Pictures;
using RawSer.Models.Vgg;
using RawSer.Nn;
using RawSer.Optim;

namespace RawSer.GoldenCheck.Keras;

/// <summary>The report's VGG16 and its counts of trained parameters, and three steps of a small network with frozen blocks.</summary>
internal static class VggCases
{
    public static void Register(HandlerTable table)
    {
        table.Kind("param_count", Counts);
        table.Kind("vgg_small", Train);
    }

    private static void Counts(GoldenCase golden, GoldenRun run)
    {
        GoldenAttributes attrs = golden.Attrs;
        VggOptions options = VggOptions.Report(classes: 7);
        using VggNetwork network = new(options);
        run.Equal("all", network.ParameterCount, attrs.Long("total"));
        run.Equal("base", network.Features.ParameterCount, attrs.Long("base"));
        run.Equal("head", network.ParameterCount - network.Features.ParameterCount, attrs.Long("head"));
        Dictionary<string, int> trained = new()
        {
            ["all"] = options.ConvolutionCount,
            ["head_only"] = 0,
            ["last_1_conv"] = 1,
            ["last_2_conv"] = 2,
            ["last_3_conv"] = 3,
            ["blocks_4_5"] = 6,
        };
        foreach (JsonProperty count in attrs.Get("counts").EnumerateObject())
        {
            network.Features.TrainLast(trained[count.Name]);
            run.Equal($"trained, {count.Name}", network.TrainableParameterCount, count.Value.GetProperty("trainable").GetInt64());
            run.Equal($"frozen, {count.Name}", network.ParameterCount - network.TrainableParameterCount, count.Value.GetProperty("non_trainable").GetInt64());
        }

        LayerSummary summary = LayerSummary.Of(network, network.InputShape(1));
        LayerSummaryRow[] maps = [.. summary.Rows.Where(row => row.Type is "Input" or "Conv2d" or "MaxPool2d")];
        Same("layer", maps, attrs.Get("layers"));
        Same("head layer", [.. summary.Rows.Where(row => row.Type is "Flatten" or "Linear" or "Dropout")], attrs.Get("head_layers"));

        void Same(string what, LayerSummaryRow[] rows, JsonElement expected)
        {
            string[] ours = [.. rows.Select(row => Describe(row.Output.Skip(1), row.Parameters))];
            string[] theirs = [.. expected.EnumerateArray().Select(layer => layer.ValueKind == JsonValueKind.Array
                ? Describe(Extents(layer[1]), layer[2].GetInt64())
                : Describe(Extents(layer.GetProperty("output")), layer.GetProperty("params").GetInt64()))];
            run.Check(what, ours.SequenceEqual(theirs), $"{string.Join("; ", ours)}, expected {string.Join("; ", theirs)}");
        }

        // Sorted, because the channels of Keras come last.
        static string Describe(IEnumerable<int> extents, long parameters) => $"{string.Join(" ", extents.Order())}: {parameters}";

        static IEnumerable<int> Extents(JsonElement output) => output.EnumerateArray().Select(extent => extent.GetInt32());
    }

    private static void Train(GoldenCase golden, GoldenRun run)
    {
        GoldenAttributes attrs = golden.Attrs;
        attrs.Only("optimizer", "Adam lr 1e-3");
        attrs.Only("flatten", "channels_last (h,w,c)");
        attrs.Only("preprocess", "caffe");
        GoldenTensor x = golden.Input("x");
        string[] convolutions = [.. golden.InputRoles.Where(role => role.StartsWith("block", StringComparison.Ordinal) && role.EndsWith(".weight", StringComparison.Ordinal)).Select(role => role[..^7])];
        string[] dense = ["dense", "dense_1", "dense_2"];
        VggOptions options = new()
        {
            Blocks = [.. convolutions.Select(name => new VggBlock([golden.Input($"{name}.weight").Shape[3]]))],
            ImageSize = x.Shape[1],
            Hidden = [.. dense[..2].Select(name => golden.Input($"{name}.weight").Shape[1])],
            DroppedLayers = 0,
            Classes = golden.Input("dense_2.weight").Shape[1],
        };
        using VggNetwork network = new(options);
        Dictionary<string, string> names = Names(network, convolutions, dense);
        foreach ((string ours, string theirs) in names)
        {
            float[] values = KerasLayout.FromKeras(theirs, golden.Input(theirs), network.State(ours).Shape);
            network.State(ours).CopyFrom<float>(theirs == "dense.weight" ? Columns(values, options, toKeras: false) : values);
        }

        network.To(run.Device);
        network.Features.TrainLast(convolutions.Length - attrs.Strings("frozen").Length);
        run.Check("the frozen convolutions are the first", attrs.Strings("frozen").SequenceEqual(convolutions.Take(attrs.Strings("frozen").Length)));
        run.Equal("flatten_size", (int)options.InputOf(options.ConvolutionCount).ElementCount, attrs.Int("flatten_size"));
        using (Autograd.NoGrad())
        {
            Tensor maps = network.Features.Forward(Input(run, x, [.. Enumerable.Range(0, x.Shape[0])]));
            run.Output("flatten", maps.MoveDim(1, -1).Reshape(x.Shape[0], -1));
            run.Output("softmax", network.Forward(Input(run, x, [.. Enumerable.Range(0, x.Shape[0])])).Softmax(-1));
        }

        Steps(golden, run, network, x);
        foreach ((string ours, string theirs) in names)
        {
            float[] values = KerasLayout.ToKeras(theirs, network.State(ours));
            if (theirs == "dense.weight")
            {
                Tensor rows = Tensor.From(Columns(network.State(ours).ToArray<float>(), options, toKeras: true), network.State(ours).Shape);
                values = KerasLayout.ToKeras(theirs, rows);
            }

            run.Output($"final/{theirs}", values, golden.Input(theirs).Shape);
            if (attrs.Strings("frozen").Any(frozen => theirs.StartsWith(frozen + ".", StringComparison.Ordinal)))
            {
                run.Check($"{theirs} is as it was", values.AsSpan().SequenceEqual(golden.Input(theirs).Floats));
            }
        }
    }

    private static void Steps(GoldenCase golden, GoldenRun run, VggNetwork network, GoldenTensor x)
    {
        using Adam optimizer = new([.. network.Parameters().Where(parameter => parameter.RequiresGrad)], 1e-3, AdamOptions.Keras);
        long[] labels = golden.Input("y").Longs;
        List<float> losses = [];
        network.Train();
        foreach (int[] rows in golden.Attrs.Get("steps").EnumerateArray().Select(step => step.EnumerateArray().Select(row => row.GetInt32()).ToArray()))
        {
            using TensorScope scope = Tensor.Scope();
            Tensor loss = network.Forward(Input(run, x, rows)).CrossEntropy(Tensor.From([.. rows.Select(row => labels[row])], [rows.Length], run.Device));
            losses.Add(loss.Item<float>());
            network.ZeroGrad();
            loss.Backward();
            optimizer.Step();
        }

        network.Eval();
        using NoGradScope noGrad = Autograd.NoGrad();
        run.Output("loss", GoldenTensor.Vector<float>([.. losses]));
        run.Output("softmax_after", network.Forward(Input(run, x, [.. Enumerable.Range(0, x.Shape[0])])).Softmax(-1));
    }

    private static Tensor Input(GoldenRun run, GoldenTensor pictures, int[] rows)
    {
        int length = pictures.Count / pictures.Shape[0];
        float[] input = new float[rows.Length * length];
        for (int i = 0; i < rows.Length; i++)
        {
            PictureInput.Prepare(pictures.Floats.AsSpan(rows[i] * length, length), PicturePreprocessing.Caffe, input.AsSpan(i * length, length));
        }

        return Tensor.From(input, [rows.Length, pictures.Shape[3], pictures.Shape[1], pictures.Shape[2]], run.Device);
    }

    private static Dictionary<string, string> Names(VggNetwork network, string[] convolutions, string[] dense)
    {
        string[] ours = [.. network.NamedParameters().Select(parameter => parameter.Name)];
        string[] theirs = [.. convolutions.Concat(dense).SelectMany(layer => new[] { $"{layer}.weight", $"{layer}.bias" })];
        return ours.Zip(theirs).ToDictionary(pair => pair.First, pair => pair.Second);
    }

    /// <summary>The columns of the first dense layer (out, in): Keras flattens row, column, channel; torchvision, and so we, channel, row, column.</summary>
    private static float[] Columns(float[] values, VggOptions options, bool toKeras)
    {
        Shape maps = options.InputOf(options.ConvolutionCount);
        int channels = maps[0], pixels = maps[1] * maps[2], inputs = channels * pixels;
        float[] result = new float[values.Length];
        for (int i = 0; i < values.Length; i++)
        {
            int row = i / inputs, pixel = i % inputs / channels, channel = i % channels;
            int own = (row * inputs) + (channel * pixels) + pixel;
            (int to, int from) = toKeras ? (i, own) : (own, i);
            result[to] = values[from];
        }

        return result;
    }
}
