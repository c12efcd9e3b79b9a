using RawSer.Kernels;
using RawSer.Models.Ser;
using RawSer.Optim;
using RawSer.Testing;

namespace RawSer.GoldenCheck.Keras;

/// <summary>
/// Training of the report's networks, five steps without dropout: losses, the first gradients, running statistics after every step, final
/// weights and what the network then predicts.
/// </summary>
internal static class NetTrainCases
{
    public static void Register(HandlerTable table) => table.Kind("net_train", Train);

    private static void Train(GoldenCase golden, GoldenRun run)
    {
        GoldenAttributes tolerances = golden.Attrs.Object("tolerances"), adam = golden.Attrs.Object("optimizer");
        adam.Only("name", "Adam");
        adam.Only("eps_is", "epsilon-hat");
        golden.Attrs.Only("loss", "categorical_crossentropy");
        tolerances.Describe("grad1_max_rel_conv1_bn1"); // for gradients that not every case stores
        run.Equal("checksum_columns", string.Join(" ", golden.Attrs.Strings("checksum_columns")), "sum sum_abs l2_of_change");
        using SerNetwork network = NetCases.Network(golden, run);
        Dictionary<string, float[]> before = network.NamedParameters().ToDictionary(p => p.Name, p => p.Value.ToArray<float>());
        AdamOptions options = AdamOptions.Keras with { Beta1 = adam.Double("beta1"), Beta2 = adam.Double("beta2"), Epsilon = adam.Double("eps") };
        using Adam optimizer = new(network.Parameters(), adam.Double("lr"), options);
        long[] labels = golden.Tensor("labels", golden.Attrs.String("inputs_file")).Longs;
        List<float> losses = [];
        Dictionary<string, List<float>> running = network.NamedBuffers().ToDictionary(b => b.Name, _ => new List<float>());

        network.Train();
        foreach (int[] rows in golden.Attrs.Get("steps").EnumerateArray().Select(step => step.EnumerateArray().Select(row => row.GetInt32()).ToArray()))
        {
            using TensorScope scope = Tensor.Scope();
            Tensor target = Tensor.From([.. rows.Select(row => labels[row])], [rows.Length], run.Device);
            Tensor loss = network.Forward(NetCases.Rows(golden, run, rows)).CrossEntropy(target);
            losses.Add(loss.Item<float>());
            network.ZeroGrad();
            loss.Backward();
            if (losses.Count == 1)
            {
                CheckGradients(golden, run, network, tolerances);
            }

            optimizer.Step();
            foreach ((string name, Tensor statistic) in network.NamedBuffers())
            {
                running[name].AddRange(statistic.ToArray<float>());
            }
        }

        run.Output("loss", GoldenTensor.Vector<float>([.. losses]), Named(tolerances, "loss"));
        foreach ((string name, List<float> values) in running)
        {
            run.Output($"bn/{name}", GoldenTensor.Of<float>([.. values], [losses.Count, values.Count / losses.Count]), Named(tolerances, "bn"));
        }

        CheckFinal(golden, run, network, tolerances);
        CheckSums(golden, run, network, before, tolerances);
        network.Eval();
        using NoGradScope noGrad = Autograd.NoGrad();
        Tensor softmax = network.Forward(NetCases.Rows(golden, run, golden.Attrs.Ints("softmax_after_rows"))).Softmax(-1);
        run.Output("softmax_after", GoldenRun.ToHost(softmax), Named(tolerances, "softmax_after"));
    }

    /// <summary>Differences are allowed as a share of the largest gradient of the tensor: more for the first stage, where pooling winners may differ.</summary>
    private static void CheckGradients(GoldenCase golden, GoldenRun run, SerNetwork network, GoldenAttributes tolerances)
    {
        foreach ((string name, Tensor parameter) in network.NamedParameters().Where(p => golden.HasOutput($"grad1/{p.Name}")))
        {
            run.Covered($"grad1/{name}");
            double[] expected = golden.Expected($"grad1/{name}").Doubles;
            bool firstStage = name.Contains(".conv1.", StringComparison.Ordinal) || name.Contains(".bn1.", StringComparison.Ordinal);
            double share = tolerances.Double(firstStage ? "grad1_max_rel_conv1_bn1" : "grad1_max_rel_to_tensor_max");
            double scale = IsNoise(golden, name) ? LargestQueryGradient(golden, name) : expected.Max(Math.Abs);
            run.Close($"grad1/{name}", Doubles(KerasLayout.ToKeras(name, parameter.Grad!)), expected, new Tolerance(0, share * scale));
        }
    }

    private static void CheckFinal(GoldenCase golden, GoldenRun run, SerNetwork network, GoldenAttributes tolerances)
    {
        foreach ((string name, Tensor parameter) in network.NamedParameters().Where(p => golden.HasOutput($"final/{p.Name}")))
        {
            run.Covered($"final/{name}");
            if (IsNoise(golden, name))
            {
                continue;
            }

            double[] got = Doubles(KerasLayout.ToKeras(name, parameter)), expected = golden.Expected($"final/{name}").Doubles;
            run.Close($"final/{name}", got, expected, new Tolerance(0, tolerances.Double("final_max_abs")));
            double mean = got.Zip(expected, (a, b) => Math.Abs(a - b)).Average();
            run.Check($"final/{name} on average", mean <= tolerances.Double("final_mean_abs"), $"mean difference {mean:g3}");
        }
    }

    /// <summary>Of every parameter: sum, sum of absolute values, and the length of the way it went.</summary>
    private static void CheckSums(
        GoldenCase golden, GoldenRun run, SerNetwork network, Dictionary<string, float[]> before, GoldenAttributes tolerances)
    {
        run.Covered("checksum");
        GoldenTensor checksum = golden.Expected("checksum");
        string[] names = golden.Attrs.Strings("checksum_names");
        for (int row = 0; row < names.Length; row++)
        {
            string name = names[row];
            if (IsNoise(golden, name))
            {
                continue;
            }

            double[] values = Doubles(network.State(name).ToArray<float>()), start = Doubles(before[name]);
            Tolerance sums = new(0, tolerances.Double("checksum_sum_abs_per_element") * values.Length);
            run.Close($"sum of {name}", values.Sum(), checksum[row * 3], sums);
            run.Close($"absolute sum of {name}", values.Sum(Math.Abs), checksum[(row * 3) + 1], sums);
            double way = Math.Sqrt(values.Zip(start, (a, b) => (a - b) * (a - b)).Sum());
            run.Close($"change of {name}", way, checksum[(row * 3) + 2], new Tolerance(tolerances.Double("checksum_l2_rel"), 0));
        }
    }

    /// <summary>The key bias has no gradient in exact arithmetic; what comes out is rounding noise, which Adam turns into full steps.</summary>
    private static bool IsNoise(GoldenCase golden, string name) => golden.Attrs.Strings("ignore_exact").Contains(name);

    /// <summary>A key bias's noise is to be small beside the gradient of the query bias next to it.</summary>
    private static double LargestQueryGradient(GoldenCase golden, string name) =>
        golden.Expected($"grad1/{name.Replace(".k.", ".q.", StringComparison.Ordinal)}").Doubles.Max(Math.Abs);

    private static Tolerance Named(GoldenAttributes tolerances, string name)
    {
        double[] pair = tolerances.Doubles(name);
        return new Tolerance(pair[0], pair[1]);
    }

    private static double[] Doubles(float[] values) => Array.ConvertAll(values, value => (double)value);
}
