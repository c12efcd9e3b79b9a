using RawSer.Models.Vgg;
using RawSer.Nn;
using RawSer.Weights;

namespace RawSer.Models.Tests.Vgg;

/// <summary>VGG16's convolutions from files in the layouts of torchvision, timm and Keras.</summary>
public class VggWeightsTests
{
    private static readonly string[] KerasNames =
    [
        "block1_conv1", "block1_conv2", "block2_conv1", "block2_conv2", "block3_conv1", "block3_conv2", "block3_conv3",
        "block4_conv1", "block4_conv2", "block4_conv3", "block5_conv1", "block5_conv2", "block5_conv3",
    ];

    private static readonly int[] TorchNumbers = [0, 2, 5, 7, 10, 12, 14, 17, 19, 21, 24, 26, 28];

    private string _path = "";

    [SetUp]
    public void CreatePath() => _path = Path.Combine(Path.GetTempPath(), $"rawser-vgg-{Guid.NewGuid():n}.safetensors");

    [TearDown]
    public void DeleteFile() => File.Delete(_path);

    [TestCase("torchvision")]
    [TestCase("timm")]
    [TestCase("keras")]
    [TestCase("keras weights.h5")]
    [TestCase("keras weights.h5 nested")]
    [TestCase("keras weights.h5 2.12")]
    public void Values_come_to_their_places(string library)
    {
        Write(library, _ => true);
        using VggNetwork network = new(VggOptions.Report(7));
        VggWeights.Load(network.Features, _path);
        for (int conv = 0; conv < TorchNumbers.Length; conv++)
        {
            Tensor weight = network.Features.State($"{TorchNumbers[conv]}.weight"), bias = network.Features.State($"{TorchNumbers[conv]}.bias");
            float[] values = weight.ToArray<float>();
            int outputs = weight.Shape[0], inputs = weight.Shape[1];
            foreach ((int o, int i, int y, int x) in new[] { (0, 0, 0, 0), (outputs - 1, inputs - 1, 2, 1), (outputs / 2, inputs / 3, 1, 2) })
            {
                Assert.That(values[(((((o * inputs) + i) * 3) + y) * 3) + x], Is.EqualTo(Value(conv, o, i, y, x)), $"{KerasNames[conv]} {o} {i} {y} {x}");
            }

            Assert.That(bias.ToArray<float>()[^1], Is.EqualTo(Value(conv, outputs - 1, -1, 0, 0)));
        }
    }

    [Test]
    public void All_that_does_not_fit_is_listed()
    {
        Write("torchvision", name => name is not ("features.28.weight" or "features.0.bias"), wide: true);
        using VggNetwork network = new(VggOptions.Report(7));
        StateDictException refused = Assert.Throws<StateDictException>(() => VggWeights.Load(network.Features, _path))!;
        Assert.That(refused.Message, Does.Contain("2 missing (features.0.bias (64), features.28.weight (512, 512, 3, 3))").And.Contain("features.26.bias: expected shape (512), found shape (513)"));
    }

    /// <summary>A file of a library; beside the convolutions there is a part of the dense layers, which is passed over.</summary>
    private void Write(string library, Predicate<string> keep, bool wide = false)
    {
        SafetensorsWriter writer = new();
        void Add(string name, int[] shape, float[] values)
        {
            if (keep(name))
            {
                writer.Add<float>(name, shape, values);
            }
        }

        int inputs = 3;
        for (int conv = 0; conv < KerasNames.Length; conv++)
        {
            int outputs = Math.Min(512, 64 << (KerasNames[conv][5] - '1')), c = conv;
            bool keras = library.StartsWith("keras", StringComparison.Ordinal);
            float[] kernel = new float[outputs * inputs * 9];
            for (int o = 0; o < outputs; o++)
            {
                for (int i = 0; i < inputs; i++)
                {
                    for (int yx = 0; yx < 9; yx++)
                    {
                        kernel[keras ? (((yx * inputs) + i) * outputs) + o : (((o * inputs) + i) * 9) + yx] = Value(conv, o, i, yx / 3, yx % 3);
                    }
                }
            }

            int biases = wide && conv == 11 ? outputs + 1 : outputs;
            float[] bias = [.. Enumerable.Range(0, biases).Select(o => Value(c, o, -1, 0, 0))];
            Add(keras ? KerasName(library, conv, isBias: false) : $"features.{TorchNumbers[conv]}.weight", keras ? [3, 3, inputs, outputs] : [outputs, inputs, 3, 3], kernel);
            Add(keras ? KerasName(library, conv, isBias: true) : $"features.{TorchNumbers[conv]}.bias", [biases], bias);
            inputs = outputs;
        }

        if (library.Contains("weights.h5"))
        {
            Add("optimizer/vars/1", [], [1e-5f]); // what Keras puts beside the network's weights
        }

        if (!library.StartsWith("keras", StringComparison.Ordinal))
        {
            Add(library == "timm" ? "head.fc.bias" : "classifier.6.bias", [1000], new float[1000]);
        }

        writer.Save(_path);
    }

    /// <summary>Keras' names: by the layer's own in .h5; in .weights.h5 by its class and its number among those, which the first layer does not have.</summary>
    private static string KerasName(string library, int conv, bool isBias) => library switch
    {
        "keras" => $"{KerasNames[conv]}/{(isBias ? "bias" : "kernel")}",
        "keras weights.h5" => $"layers/{Counted(conv)}/vars/{(isBias ? 1 : 0)}",
        "keras weights.h5 nested" => $"layers/functional/layers/{Counted(conv)}/vars/{(isBias ? 1 : 0)}",
        _ => $"_layer_checkpoint_dependencies/{Counted(conv)}/vars/{(isBias ? 1 : 0)}",
    };

    private static string Counted(int conv) => conv == 0 ? "conv2d" : $"conv2d_{conv}";

    /// <summary>A value that no other place of a layer near it has; input -1 stands for the bias.</summary>
    private static float Value(int conv, int output, int input, int y, int x) => (((((((conv * 521) + output) * 523) + input + 1) % 100_003) * 9) + (y * 3) + x) / 1024f;
}
