using RawSer.Kernels;
using RawSer.Nn;
using RawSer.Optim;
using RawSer.Training;

namespace RawSer.Engine.Tests.Training;

/// <summary>Steps captured as a graph on the emulator against steps that are queued kernel by kernel: the same weights to the bit.</summary>
public sealed class CapturedStepTests
{
    // Ten examples of four features: two whole batches of four and one of two in each epoch.
    private static readonly float[] s_features = [.. Enumerable.Range(0, 40).Select(i => ((i * 37 % 19) - 9) / 4f)];
    private static readonly int[] s_labels = [0, 1, 2, 3, 0, 1, 2, 3, 0, 1];

    private static readonly TrainingOptions s_options = new()
    {
        BatchSize = 4,
        Epochs = 3,
        Seed = 5,
        ClipNorm = 0.5,
        LabelSmoothing = 0.1,
        ClassWeights = [1, 2, 0.5f, 1],
        Schedule = step => 0.05 / (1 + step),
    };

    [Test]
    public void Weights_are_those_of_steps_without_a_graph()
    {
        (float[] eager, float[] eagerLosses) = Train(s_options);
        (float[] captured, float[] losses) = Train(s_options with { CaptureSteps = true });
        Assert.Multiple(() =>
        {
            Assert.That(captured, Is.EqualTo(eager));
            Assert.That(losses, Is.EqualTo(eagerLosses));
            Assert.That(eager, Is.Not.EqualTo(Train(s_options with { Schedule = null }).Weights), "the learning rate changes from step to step");
        });
    }

    [Test]
    public void The_graph_keeps_its_memory_to_itself()
    {
        Train(s_options with { CaptureSteps = true });
        MemoryStats before = Device.Emulator.MemoryStats;
        Train(s_options with { CaptureSteps = true });
        Assert.That(Device.Emulator.MemoryStats.BytesInUse, Is.EqualTo(before.BytesInUse));
    }

    [Test]
    public void A_bad_label_is_the_error_of_that_step() => Assert.That(
        () => Train(s_options with { CaptureSteps = true, ClassWeights = null, Shuffle = false }, [0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3, 4, 1, 2, 3], 64),
        Throws.TypeOf<ArgumentOutOfRangeException>().With.Message.Contains("target 4 of item 0"));

    private static (float[] Weights, float[] Losses) Train(TrainingOptions options, int[]? labels = null, int values = 40)
    {
        BatchNorm norm = new(4);
        using Sequential network = new(norm, new LayerNorm([4]), new Dropout(0.25));
        network.To(Device.Emulator);
        Generator random = new(3);
        network.UseRandom(random);
        using Optimizer optimizer = new AdamW(network.Parameters(), 0.05);
        ArrayExamples examples = new([.. Enumerable.Range(0, values).Select(i => s_features[i % s_features.Length])], labels ?? s_labels, [4]);
        Losses losses = new();
        new TrainingLoop(network, optimizer, random, examples, null, options, Device.Emulator).Run(losses, losses);
        return ([.. network.Parameters().SelectMany(p => p.ToArray<float>()), .. norm.RunningVariance.ToArray<float>()], [.. losses.Seen]);
    }

    private sealed class Losses : IWeightsKeeper, ITrainingObserver
    {
        public List<float> Seen { get; } = [];

        public void KeepBest(Module network)
        {
        }

        public void RestoreBest(Module network)
        {
        }

        public void KeepState(TrainingState state)
        {
        }

        public void BatchFinished(BatchProgress progress) => Seen.Add((float)progress.Loss);

        public void EpochFinished(EpochMetrics metrics)
        {
        }
    }
}
