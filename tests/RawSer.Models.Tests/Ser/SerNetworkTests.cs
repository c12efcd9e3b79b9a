using RawSer.Models.Ser;
using RawSer.Nn;

namespace RawSer.Models.Tests.Ser;

public sealed class SerNetworkTests
{
    /// <summary>The table of section 4.3.1 of the report, and the counts of the two others (4.4, 4.5).</summary>
    [Test]
    public void The_single_cnn_has_the_layers_of_the_report()
    {
        using SerNetwork network = new(SerNetworkOptions.AsReported(SerArchitecture.Cnn));
        LayerSummary summary = LayerSummary.Of(network, network.Options.InputShape(1));
        Assert.That(summary.Rows.Select(row => $"{row.Name} {row.Output} {row.Parameters}"), Is.EqualTo(new[]
        {
            "input (1, 1, 128, 94) 0",
            "cnn1.conv1 (1, 16, 128, 94) 160",
            "cnn1.bn1 (1, 16, 128, 94) 376",
            "cnn1.relu1 (1, 16, 128, 94) 0",
            "cnn1.pool1 (1, 16, 64, 47) 0",
            "cnn1.dropout1 (1, 16, 64, 47) 0",
            "cnn1.conv2 (1, 32, 64, 47) 4640",
            "cnn1.bn2 (1, 32, 64, 47) 188",
            "cnn1.relu2 (1, 32, 64, 47) 0",
            "cnn1.pool2 (1, 32, 16, 11) 0",
            "cnn1.dropout2 (1, 32, 16, 11) 0",
            "cnn1.conv3 (1, 64, 16, 11) 18496",
            "cnn1.bn3 (1, 64, 16, 11) 44",
            "cnn1.relu3 (1, 64, 16, 11) 0",
            "cnn1.pool3 (1, 64, 4, 2) 0",
            "cnn1.dropout3 (1, 64, 4, 2) 0",
            "cnn1.flatten (1, 512) 0",
            "dense (1, 7) 3591",
        }));
        Assert.That(summary.Total, Is.EqualTo(27_495));
        Assert.That(summary.Trainable, Is.EqualTo(27_495 - (2 * (94 + 47 + 11))));
    }

    [Test]
    public void The_parallel_network_has_the_counts_of_the_report()
    {
        using SerNetwork network = new(SerNetworkOptions.AsReported(SerArchitecture.CnnTransformer));
        LayerSummary summary = LayerSummary.Of(network, network.Options.InputShape(2));
        LayerSummaryRow Row(string name) => summary.Rows.Single(row => row.Name == name);
        Assert.Multiple(() =>
        {
            for (int layer = 0; layer < 4; layer++)
            {
                Assert.That(Row($"encoder.{layer}").Parameters, Is.EqualTo(198_272));
                Assert.That(Row($"encoder.{layer}").Output.ToString(), Is.EqualTo("(94, 2, 128)"), "(time, batch, feature), as the report prints it");
            }

            Assert.That(Row("encoder.mean").Output.ToString(), Is.EqualTo("(2, 128)"));
            Assert.That(Row("concat").Output.ToString(), Is.EqualTo("(2, 1152)"));
            Assert.That(Row("dense").Parameters, Is.EqualTo(8071));
            Assert.That(Row("cnn2.bn2").Parameters, Is.EqualTo(188));
            Assert.That(summary.Rows.Count(row => row.Name.StartsWith("encoder.", StringComparison.Ordinal)), Is.EqualTo(5));
            Assert.That(summary.Total, Is.EqualTo((2 * (160 + 376 + 4640 + 188 + 18_496 + 44)) + (4 * 198_272) + 8071));
        });
    }

    [TestCase(SerArchitecture.TwoCnn, 94, 2 * 23_904 + 7 * 1025)]
    [TestCase(SerArchitecture.CnnTransformer, 188, 860_943)]
    public void Totals(SerArchitecture architecture, int frames, int total)
    {
        using SerNetwork network = new(SerNetworkOptions.AsReported(architecture, frames));
        Assert.That(LayerSummary.Of(network, network.Options.InputShape(1)).Total, Is.EqualTo(total));
    }

    [Test]
    public void Parameter_names_are_those_of_the_state_dict()
    {
        using SerNetwork network = new(SerNetworkOptions.Corrected(SerArchitecture.CnnTransformer));
        string[] names = [.. network.NamedState().Select(s => s.Name)];
        Assert.That(names, Is.SupersetOf(new[]
        {
            "cnn1.conv1.weight", "cnn2.bn3.running_var", "encoder.0.self_attn.q.weight", "encoder.3.self_attn.out.bias",
            "encoder.0.linear1.weight", "encoder.0.norm2.bias", "dense.weight", "dense.bias",
        }));
    }

    [TestCase(SerArchitecture.Cnn)]
    [TestCase(SerArchitecture.TwoCnn)]
    [TestCase(SerArchitecture.CnnTransformer)]
    public void The_traced_pass_gives_the_logits_of_the_fused_one(SerArchitecture architecture)
    {
        using SerNetwork network = SerNetwork.Create(SerNetworkOptions.AsReported(architecture), seed: 3);
        using (Autograd.NoGrad())
        using (Tensor.Scope())
        {
            Tensor x = Features(network.Options, batch: 2, seed: 5);
            float[] fused = network.Forward(x).ToArray<float>();
            float[] traced = [];
            Module.Observe(_ => { }, () => traced = network.Forward(x).ToArray<float>());
            Assert.That(traced, Is.EqualTo(fused).Within(1e-5f));
        }
    }

    [Test]
    public void Predictions_depend_on_the_batch_only_with_attention_over_the_batch()
    {
        using (Autograd.NoGrad())
        using (Tensor.Scope())
        {
            foreach (AttentionAxis attend in new[] { AttentionAxis.Batch, AttentionAxis.Time })
            {
                SerNetworkOptions options = SerNetworkOptions.AsReported(SerArchitecture.CnnTransformer) with { Attend = attend };
                using SerNetwork network = SerNetwork.Create(options, seed: 3);
                Tensor x = Features(options, batch: 3, seed: 5);
                float[] together = network.Forward(x).ToArray<float>()[..7];
                float[] alone = network.Forward(x.Slice(0, 0, 1)).ToArray<float>();
                float difference = together.Zip(alone, (a, b) => Math.Abs(a - b)).Max();
                Assert.That(difference, attend == AttentionAxis.Batch ? Is.GreaterThan(1e-3f) : Is.LessThan(1e-5f), attend.ToString());
            }
        }
    }

    [TestCase(SerArchitecture.Cnn)]
    [TestCase(SerArchitecture.CnnTransformer)]
    public void A_silent_clip_gives_finite_logits_in_both_modes(SerArchitecture architecture)
    {
        foreach (SerNetworkOptions options in new[] { SerNetworkOptions.AsReported(architecture), SerNetworkOptions.Corrected(architecture) })
        {
            using SerNetwork network = SerNetwork.Create(options, seed: 1);
            network.UseRandom(new Generator(1));
            using (Tensor.Scope())
            {
                Tensor silence = Tensor.Zeros(options.InputShape(2));
                Assert.That(network.Forward(silence).ToArray<float>(), Is.All.Matches<float>(float.IsFinite));
                network.Train();
                Assert.That(network.Forward(silence).ToArray<float>(), Is.All.Matches<float>(float.IsFinite));
            }
        }
    }

    [Test]
    public void The_same_seed_gives_the_same_weights_and_another_does_not()
    {
        SerNetworkOptions options = SerNetworkOptions.Corrected(SerArchitecture.TwoCnn);
        using SerNetwork a = SerNetwork.Create(options, seed: 1), b = SerNetwork.Create(options, seed: 1), c = SerNetwork.Create(options, seed: 2);
        Assert.Multiple(() =>
        {
            Assert.That(Weights(b), Is.EqualTo(Weights(a)));
            Assert.That(Weights(c), Is.Not.EqualTo(Weights(a)));
            Assert.That(a.State("cnn1.conv2.weight").ToArray<float>(), Is.Not.EqualTo(a.State("cnn2.conv2.weight").ToArray<float>()), "blocks differ");
        });
    }

    [Test]
    public void A_wrong_input_is_refused_with_both_shapes()
    {
        using SerNetwork network = new(SerNetworkOptions.Corrected(SerArchitecture.Cnn));
        using Tensor x = Tensor.Zeros([2, 1, 128, 188]);
        Assert.That(() => network.Forward(x), Throws.ArgumentException.With.Message.Contains("(2, 1, 128, 188)").And.Message.Contains("(N, 1, 128, 94)"));
    }

    [Test]
    public void Impossible_options_are_refused_by_name()
    {
        SerNetworkOptions options = SerNetworkOptions.Corrected(SerArchitecture.CnnTransformer);
        Assert.Multiple(() =>
        {
            Assert.That(() => new SerNetwork(options with { Heads = 5 }), Throws.ArgumentException.With.Message.Contains("Heads is 5"));
            Assert.That(() => new SerNetwork(options with { Frames = 31 }), Throws.ArgumentException.With.Message.Contains("Frames is 31"));
            Assert.That(() => new SerNetwork(options with { Dropout = 1 }), Throws.ArgumentException.With.Message.Contains("Dropout is 1"));
            Assert.That(() => new SerNetwork(options with { EncoderDropout = double.NaN }), Throws.ArgumentException.With.Message.Contains("EncoderDropout"));
        });
    }

    internal static Tensor Features(SerNetworkOptions options, int batch, int seed)
    {
        Random random = new(seed);
        float[] values = new float[options.InputShape(batch).ElementCount];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = (float)((2 * random.NextDouble()) - 1);
        }

        return Tensor.From(values, options.InputShape(batch));
    }

    private static float[] Weights(Module network) => [.. network.Parameters().SelectMany(p => p.ToArray<float>())];
}
