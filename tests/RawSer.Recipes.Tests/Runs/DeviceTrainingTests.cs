using RawSer.Audio.Features;
using RawSer.GoldenCheck;
using RawSer.Gpu.Emulator;
using RawSer.Kernels;
using RawSer.Models.Vgg;
using RawSer.Models.Wav2Vec2;
using RawSer.Nn;
using RawSer.Optim;
using RawSer.Recipes.Experiments;
using RawSer.Recipes.Runs;
using RawSer.Testing;
using RawSer.Training;

namespace RawSer.Recipes.Tests.Runs;

/// <summary>
/// The networks of the recipes, with their dropout, optimiser and rate, learn on the emulator as on the processor, and a captured step
/// is one launch that does what a step without a graph does.
/// </summary>
public sealed class DeviceTrainingTests
{
    // Two epochs of two batches: two steps run at once, the third is recorded, the fourth only launched.
    private const int Batch = 2;
    private const int Epochs = 2;
    private const int Examples = 4;
    private const int Classes = 7;

    // Relative. Rounding alone makes 1e-6 in the first step; Adam's first steps have the size of the rate however small a gradient is.
    private const double Tolerance = 2e-5;

    private static readonly DeviceCall[] s_capturedStep =
    [
        DeviceCall.CopyFromBuffer, DeviceCall.CopyFromBuffer, // labels, inputs
        DeviceCall.CopyFromBuffer, // rate, step count, position of the random numbers
        DeviceCall.LaunchGraph,
    ];

    private static IEnumerable<TestCaseData> Networks()
    {
        yield return new(OnFeatures("report-single-cnn", 64, 32));
        yield return new(OnFeatures("cnn", 64, 32));
        yield return new(OnFeatures("two-cnn", 64, 32));
        yield return new(OnFeatures("report-two-cnn-aug", 32, 32));
        yield return new(OnFeatures("cnn-transformer", 128, 32)); // heads of 32, as in the real network
        yield return new(OnFeatures("report-cnn-transformer-mfcc", 128, 32));
        yield return new(OnFeatures("report-cnn-transformer-mel", 32, 64));
        yield return new(Pictures("vgg16", firstTrained: 13, new VggOptions { Hidden = [64, 32], DroppedLayers = 1, Classes = Classes }));
        yield return new(Pictures("vgg16-block5", firstTrained: 2, SmallVgg));
        yield return new(Pictures("vgg16-blocks45", firstTrained: 0, SmallVgg));
        yield return new(Embeddings("wav2vec2-frozen", 64));
    }

    private static IEnumerable<TestCaseData> SmallNetworks()
    {
        yield return new(OnFeatures("report-single-cnn", 32, 32));
        yield return new(OnFeatures("two-cnn", 32, 32));
        yield return new(OnFeatures("cnn-transformer", 32, 32));
        yield return new(Pictures("vgg16-blocks45", firstTrained: 0, SmallVgg));
        yield return new(Embeddings("wav2vec2-frozen", 64));
    }

    /// <summary>With as many rows and frames as the recipes' profiles make.</summary>
    private static IEnumerable<TestCaseData> RealSizes() =>
        from recipe in (string[])["report-single-cnn", "report-two-cnn-aug", "report-cnn-transformer-mfcc", "report-cnn-transformer-mel", "cnn", "two-cnn", "cnn-transformer"]
        let profile = FeatureProfile.Get(RecipeFile.Load(recipe).Features.Profile)
        select new TestCaseData(OnFeatures(recipe, profile.Rows, profile.Frames));

    private static VggOptions SmallVgg => new() { Blocks = [new([8, 8]), new([16]), new([24])], ImageSize = 16, Hidden = [24, 16], DroppedLayers = 1, Classes = Classes };

    [TestCaseSource(nameof(Networks))]
    public void Captured_steps_are_one_launch_with_the_losses_of_the_processor(Learning learning)
    {
        using WatchedDevice watched = new(new EmulatorDevice());
        AssertClose(learning.Losses(new Device(new CudaBackend(watched))), learning.Losses(Device.Cpu));
        Assert.That(watched.Calls.Count(call => call == DeviceCall.LaunchGraph), Is.EqualTo(2));
        Assert.That(watched.Calls.Skip(watched.Calls.IndexOf(DeviceCall.LaunchGraph) + 1).Take(s_capturedStep.Length), Is.EqualTo(s_capturedStep));
    }

    [TestCaseSource(nameof(SmallNetworks))]
    public void Captured_steps_have_the_losses_of_steps_without_a_graph_to_the_bit(Learning learning) =>
        Assert.That(learning.Losses(Device.Emulator), Is.EqualTo(learning.WithoutCapture().Losses(Device.Emulator)));

    [TestCaseSource(nameof(RealSizes))]
    [Explicit("3 minutes on the emulator; the same networks in small sizes always run")]
    public void Real_sizes_have_the_losses_of_the_processor(Learning learning) => AssertClose(learning.Losses(Device.Emulator), learning.Losses(Device.Cpu));

    /// <summary>Clips of different lengths, layers that are left out, frames and features that are masked: all drawn before the step.</summary>
    [TestCase("w2v2_base", 0)]
    [TestCase("w2v2_base", 0.4)]
    [TestCase("wavlm_base", 0.4)]
    [TestCase("hubert_batchnorm", 0)]
    public void A_speech_encoder_learns_in_captured_steps(string folder, double layerDrop)
    {
        Learning learning = SpeechEncoder(folder, layerDrop);
        using WatchedDevice watched = new(new EmulatorDevice());
        AssertClose(learning.Losses(new Device(new CudaBackend(watched))), learning.Losses(Device.Cpu));
        Assert.That(watched.Calls.Count(call => call == DeviceCall.LaunchGraph), Is.EqualTo(2));
        DeviceCall[] decided = layerDrop == 0 ? [DeviceCall.CopyFromBuffer, DeviceCall.CopyFromBuffer] : [DeviceCall.CopyFromBuffer, DeviceCall.CopyFromBuffer, DeviceCall.CopyFromBuffer];
        DeviceCall[] step = [.. decided, .. s_capturedStep]; // masks of frames and features, layers
        Assert.That(watched.Calls.Skip(watched.Calls.IndexOf(DeviceCall.LaunchGraph) + 1).Take(step.Length), Is.EqualTo(step));
    }

    [Test]
    public void Captured_steps_of_a_speech_encoder_have_the_losses_of_steps_without_a_graph_to_the_bit()
    {
        Learning learning = SpeechEncoder("w2v2_base", 0.4);
        double[] losses = learning.Losses(Device.Emulator);
        Assert.That(losses, Is.EqualTo(learning.WithoutCapture().Losses(Device.Emulator)));
        Assert.That(losses, Is.Not.EqualTo(SpeechEncoder("w2v2_base", 0).Losses(Device.Emulator)), "some layer is left out");
    }

    private static void AssertClose(double[] actual, double[] expected)
    {
        Assert.That(actual, Has.Length.EqualTo(Epochs * Examples / Batch));
        for (int i = 0; i < actual.Length; i++)
        {
            Assert.That(actual[i], Is.EqualTo(expected[i]).Within(Tolerance * expected[i]), $"loss after step {i + 1}");
        }
    }

    private static Learning OnFeatures(string recipe, int rows, int frames) => new(RecipeFile.Load(recipe), [1, rows, frames], chosen =>
    {
        FeatureProfile profile = FeatureProfile.Get(chosen.Features.Profile);
        profile = profile with { MelCount = rows, CoefficientCount = rows, Duration = (frames - 1) * profile.HopLength / (double)profile.SampleRate };
        return RunSetup.NetworkOptions(chosen, profile, Classes).Create(chosen.Seed);
    });

    /// <summary>The part of a network on pictures behind a frozen base.</summary>
    private static Learning Pictures(string recipe, int firstTrained, VggOptions options) => new(
        RecipeFile.Load(recipe), options.InputOf(firstTrained), chosen => new VggNetwork(options).Initialize(chosen.Seed, InitScheme.Keras).From(firstTrained));

    /// <summary>A tiny speech encoder on waveforms, which begin with their lengths.</summary>
    private static Learning SpeechEncoder(string folder, double layerDrop)
    {
        Wav2Vec2Config config = HuggingFaceFolder.Open(Path.Combine(GoldenData.Root, "models", "hf", folder)).Config with
        {
            LayerDrop = layerDrop,
            TimeMask = new(0.3, 2, 1),
            FeatureMask = new(0.2, 2, 0),
            ApplySpecAugment = true,
        };
        return new(RecipeFile.Load("report-wav2vec2"), [1 + 4000], recipe =>
        {
            ReportClassifier classifier = new ReportClassifier(config, Classes, recipe.Network.Dropout).Initialize(recipe.Seed);
            classifier.Body.GradientCheckpointing = true;
            return new WaveformNetwork(classifier);
        })
        {
            Change = (values, i) => values[0] = i % 2 == 0 ? 4000 : 2600,
        };
    }

    private static Learning Embeddings(string recipe, int features) => new(
        RecipeFile.Load(recipe), [1, 1, features], chosen => new EmbeddingHead(features, 256, Classes, chosen.Network.Dropout).Initialize(chosen.Seed));

    /// <summary>A network of a recipe, on random examples.</summary>
    public sealed class Learning(Recipe recipe, Shape example, Func<Recipe, Module> network)
    {
        private readonly Recipe _recipe = recipe with { Training = recipe.Training with { Batch = Batch, Epochs = Epochs } };

        /// <summary>Changes example i.</summary>
        public ExampleChange Change { get; init; } = (_, _) => { };

        public Learning WithoutCapture() => new(_recipe with { Training = _recipe.Training with { Capture = false } }, example, network) { Change = Change };

        /// <summary>The mean loss of the epoch after each step.</summary>
        public double[] Losses(Device device)
        {
            using Module module = network(_recipe);
            module.To(device);
            (Generator random, Optimizer optimizer) = RunSetup.Learner(_recipe, module);
            using Optimizer owned = optimizer;
            using Tensor values = new Generator(7).Normal(example.Insert(0, Examples));
            float[] all = values.ToArray<float>();
            for (int i = 0; i < Examples; i++)
            {
                Change(all.AsSpan(i * all.Length / Examples, all.Length / Examples), i);
            }

            ArrayExamples examples = new(all, [0, 1, 2, 3], example);
            TrainingOptions options = RunSetup.TrainingOptions(_recipe, Examples, example[-1], hasValidation: false) with { ReportInterval = TimeSpan.MaxValue };
            Seen seen = new();
            new TrainingLoop(module, optimizer, random, examples, null, options, device).Run(seen, seen);
            return [.. seen.Losses];
        }

        public override string ToString() => $"{_recipe.Name} {example}";
    }

    /// <summary>Changes an example.</summary>
    public delegate void ExampleChange(Span<float> values, int index);

    private sealed class Seen : IWeightsKeeper, ITrainingObserver
    {
        public List<double> Losses { get; } = [];

        public void KeepBest(Module network)
        {
        }

        public void RestoreBest(Module network)
        {
        }

        public void KeepState(TrainingState state)
        {
        }

        public void BatchFinished(BatchProgress progress) => Losses.Add(progress.Loss);

        public void EpochFinished(EpochMetrics metrics)
        {
        }
    }
}
