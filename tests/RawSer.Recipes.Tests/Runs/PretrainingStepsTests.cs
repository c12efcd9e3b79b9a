using RawSer.Audio.Features;
using RawSer.GoldenCheck;
using RawSer.Gpu.Emulator;
using RawSer.Kernels;
using RawSer.Models.Wav2Vec2;
using RawSer.Nn;
using RawSer.Optim;
using RawSer.Recipes.Runs;
using RawSer.Testing;

namespace RawSer.Recipes.Tests.Runs;

/// <summary>Updates of a tiny wav2vec 2.0 in pre-training, on clips of different lengths, with layers that are left out.</summary>
public sealed class PretrainingStepsTests
{
    private const int Steps = 4; // two at once, the third recorded, the fourth only launched
    private const int Samples = 6000; // 18 frames; a mask has spans of 10
    private const double Tolerance = 2e-5; // relative

    [Test]
    public void Captured_updates_are_one_launch_with_the_losses_of_the_processor()
    {
        using WatchedDevice watched = new(new EmulatorDevice());
        double[] losses = Losses(new Device(new CudaBackend(watched)), capture: true), expected = Losses(Device.Cpu, capture: true);
        for (int i = 0; i < Steps; i++)
        {
            Assert.That(losses[i], Is.EqualTo(expected[i]).Within(Tolerance * expected[i]), $"after update {i + 1}");
        }

        Assert.That(watched.Calls.Count(call => call == DeviceCall.LaunchGraph), Is.EqualTo(2));
        DeviceCall[] last = [.. watched.Calls.Skip(watched.Calls.IndexOf(DeviceCall.LaunchGraph) + 1).SkipWhile(call => call != DeviceCall.CopyFromBuffer)];
        Assert.That(last.TakeWhile(call => call != DeviceCall.LaunchGraph), Is.All.EqualTo(DeviceCall.CopyFromBuffer), "inputs of the step");
    }

    [Test]
    public void Captured_updates_have_the_losses_of_updates_without_a_graph_to_the_bit() =>
        Assert.That(Losses(Device.Emulator, capture: true), Is.EqualTo(Losses(Device.Emulator, capture: false)));

    /// <summary>Loss, share of recognised frames and perplexity of each update.</summary>
    private static double[] Losses(Device device, bool capture)
    {
        HuggingFaceFolder folder = HuggingFaceFolder.Open(Path.Combine(GoldenData.Root, "models", "hf", "w2v2_pretraining"));
        Wav2Vec2Config config = folder.Config with { LayerDrop = 0.3 };
        PretrainingOptions options = new() { Batch = 2, Capture = capture };
        Generator random = new(3);
        using PretrainingNetwork network = new PretrainingNetwork(config).Initialize(5);
        network.Body.GradientCheckpointing = true;
        network.To(device);
        network.UseRandom(random);
        network.Train();
        using Adam optimizer = new(network.Parameters(), 1e-3);
        using PretrainingSteps steps = new(network, optimizer, random, folder, options, device);
        List<double> losses = [];
        for (int step = 0; step < Steps; step++)
        {
            network.Quantizer.Temperature = 2 - (0.2 * step);
            steps.Run(Clips(folder.Preprocessing, step));
            losses.Add(steps.Last(step + 1).Loss);
        }

        return [.. losses];
    }

    private static WaveformBatch Clips(WaveformNormalizer preprocessing, int step)
    {
        using Tensor values = new Generator(7, stream: (ulong)step).Normal([2, Samples]);
        float[][] clips = [.. values.ToArray<float>().Chunk(Samples)];
        clips[1] = clips[1][..(4200 + (200 * step))];
        return (preprocessing with { ReturnMask = true, Truncate = true, MaxLength = Samples, Padding = ClipPadding.MaxLength }).Prepare(clips, preprocessing.SampleRate);
    }
}
