using RawSer.Gpu.Emulator;
using RawSer.Kernels;
using RawSer.Nn;
using RawSer.Optim;
using RawSer.Testing;
using RawSer.Training;

namespace RawSer.Engine.Tests.Training;

/// <summary>Steps captured as a graph, the default, on the emulator against steps that are queued kernel by kernel: the same weights to the bit.</summary>
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
        (float[] eager, float[] eagerLosses) = Train(s_options with { CaptureSteps = false });
        (float[] captured, float[] losses) = Train(s_options);
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
        Train(s_options);
        MemoryStats before = Device.Emulator.MemoryStats;
        Train(s_options);
        Assert.That(Device.Emulator.MemoryStats.BytesInUse, Is.EqualTo(before.BytesInUse));
    }

    [Test]
    public void A_bad_label_is_the_error_of_its_epoch() => Assert.That(
        () => Train(s_options with { ClassWeights = null, Shuffle = false }, [0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3, 4, 1, 2, 3], 64),
        Throws.TypeOf<ArgumentOutOfRangeException>().With.Message.Contains("target 4 of item 0"));

    [Test]
    public void Each_launch_drops_out_other_values()
    {
        // Eight times the same batch, without learning: only dropout makes a difference.
        TrainingOptions options = s_options with { Schedule = _ => 0, Shuffle = false, Epochs = 8, ClassWeights = null };
        float[] losses = Train(options, s_labels[..4], 16).Losses;
        Assert.That(losses, Is.EqualTo(Train(options with { CaptureSteps = false }, s_labels[..4], 16).Losses));
        Assert.That(losses, Is.Unique.And.Length.EqualTo(8));
    }

    [Test]
    public void A_launch_is_all_that_a_step_asks_the_device_for()
    {
        using WatchedDevice watched = new(new EmulatorDevice());
        TrainingOptions options = s_options with { Shuffle = false, Epochs = 1, ReportInterval = TimeSpan.MaxValue };
        Run(options, [.. Enumerable.Range(0, 24).Select(i => i % 4)], 96, new Device(new CudaBackend(watched)));
        int recorded = watched.Calls.IndexOf(DeviceCall.Capture);
        Assert.That(watched.GraphNodes, Is.EqualTo(watched.Calls.Skip(recorded).TakeWhile(call => call != DeviceCall.CopyFromBuffer).Count() - 1));
        DeviceCall[] step =
        [
            DeviceCall.CopyFromBuffer, DeviceCall.CopyFromBuffer, DeviceCall.CopyFromBuffer, // labels, inputs, weights of the examples
            DeviceCall.CopyFromBuffer, // rate, step count, position of the random numbers
            DeviceCall.LaunchGraph,
        ];
        DeviceCall[] end = [DeviceCall.CopyToBuffer, DeviceCall.Fill, DeviceCall.Synchronize, DeviceCall.CopyToHost]; // losses; bad labels
        Assert.That(
            watched.Calls.Skip(watched.Calls.IndexOf(DeviceCall.LaunchGraph) + 1).Take((3 * step.Length) + end.Length),
            Is.EqualTo((DeviceCall[])[.. step, .. step, .. step, .. end]), "two steps at once, the third recorded, six in all");
    }

    [TestCase(true)]
    [TestCase(false)]
    public void An_epoch_waits_for_the_device_as_often_whatever_its_steps(bool capture)
    {
        int Waits(int steps)
        {
            using WatchedDevice watched = new(new EmulatorDevice());
            int[] labels = [.. Enumerable.Range(0, 4 * steps).Select(i => i % 4)];
            TrainingOptions options = s_options with { CaptureSteps = capture, Epochs = 1, ReportInterval = TimeSpan.Zero };
            Losses losses = Run(options, labels, 4 * labels.Length, new Device(new CudaBackend(watched)), () => watched.Waits, validate: true).Losses;
            Assert.That(losses.Seen, Has.Count.EqualTo(steps), "every step is reported");
            Assert.That(losses.WaitsAfter[steps / 2], Is.Zero, "while the epoch goes on nothing waits");
            return losses.WaitsAtEnd;
        }

        int few = Waits(5);
        Assert.That(few, Is.EqualTo(Waits(30)).And.LessThanOrEqualTo(6)); // end of the epoch, validation, and the bad labels of both
    }

    [Test]
    public void A_network_that_looks_at_values_is_not_captured()
    {
        using WatchedDevice watched = new(new EmulatorDevice());
        Run(s_options, s_labels, 40, new Device(new CudaBackend(watched)), first: new LooksAtValues());
        Assert.That(watched.Calls, Does.Not.Contain(DeviceCall.Capture));
    }

    private static (float[] Weights, float[] Losses) Train(TrainingOptions options, int[]? labels = null, int values = 40)
    {
        (float[] weights, Losses losses) = Run(options, labels ?? s_labels, values, Device.Emulator);
        return (weights, [.. losses.Seen]);
    }

    private static (float[] Weights, Losses Losses) Run(
        TrainingOptions options, int[] labels, int values, Device device, Func<int>? waits = null, bool validate = false, params Module[] first)
    {
        BatchNorm norm = new(4);
        using Sequential network = new([.. first, norm, new LayerNorm([4]), new Dropout(0.25)]);
        network.To(device);
        Generator random = new(3);
        network.UseRandom(random);
        using Optimizer optimizer = new AdamW(network.Parameters(), 0.05);
        ArrayExamples examples = new([.. Enumerable.Range(0, values).Select(i => s_features[i % s_features.Length])], labels, [4]);
        Losses losses = new(waits ?? (() => 0));
        new TrainingLoop(network, optimizer, random, examples, validate ? examples : null, options, device).Run(losses, losses);
        return ([.. network.Parameters().SelectMany(p => p.ToArray<float>()), .. norm.RunningVariance.ToArray<float>()], losses);
    }

    private sealed class LooksAtValues : Module
    {
        public override bool IsCapturable => false;

        protected override Tensor ForwardCore(Tensor input) => input.ToArray<float>().All(float.IsFinite) ? input : throw new ArgumentException("not finite");
    }

    private sealed class Losses(Func<int> waits) : IWeightsKeeper, ITrainingObserver
    {
        public List<float> Seen { get; } = [];

        public List<int> WaitsAfter { get; } = [];

        public int WaitsAtEnd { get; private set; }

        public void KeepBest(Module network)
        {
        }

        public void RestoreBest(Module network)
        {
        }

        public void KeepState(TrainingState state)
        {
        }

        public void BatchFinished(BatchProgress progress)
        {
            Seen.Add((float)progress.Loss);
            WaitsAfter.Add(waits());
        }

        public void EpochFinished(EpochMetrics metrics) => WaitsAtEnd = waits();
    }
}
