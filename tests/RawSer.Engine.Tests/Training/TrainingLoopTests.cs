using RawSer.Nn;
using RawSer.Optim;
using RawSer.Training;
using RawSer.Weights;

namespace RawSer.Engine.Tests.Training;

public sealed class TrainingLoopTests
{
    private static readonly ArrayExamples s_examples = new([1, 0, 0, 1, 1, 1], [0, 1, 1], [2]);

    [Test]
    public void Weights_of_classes_are_those_of_their_examples()
    {
        float[] byClass = Train(new TrainingOptions { ClassWeights = [2, 0.5f] }), byExample = Train(new TrainingOptions { ExampleWeights = [2, 0.5f, 0.5f] });
        Assert.That(byClass, Is.EqualTo(byExample));
        Assert.That(byClass, Is.Not.EqualTo(Train(new TrainingOptions())));
    }

    [Test]
    public void An_example_of_weight_0_teaches_nothing()
    {
        float[] without = Train(new TrainingOptions { ExampleWeights = [1.5f, 1.5f, 0] });
        Assert.That(without, Is.EqualTo(Train(new TrainingOptions(), new ArrayExamples([1, 0, 0, 1], [0, 1], [2]))).Within(1e-6f));
    }

    [Test]
    public void Weights_that_do_not_fit_are_refused()
    {
        Assert.That(() => Train(new TrainingOptions { ExampleWeights = [1] }), Throws.ArgumentException.With.Message.Contains("1 example weights for 3 training examples"));
        Assert.That(() => Train(new TrainingOptions { ClassWeights = [1] }), Throws.ArgumentException.With.Message.Contains("class 1, but weights for 1 classes"));
        Assert.That(() => new ArrayExamples([1, 2, 3], [0], [2]), Throws.ArgumentException.With.Message.Contains("3 values for 1 labels"));
    }

    [Test]
    public void A_training_that_diverges_ends_there()
    {
        ArrayExamples lost = new([1, 0, float.NaN, 0], [0, 1], [2]);
        Assert.That(
            () => Train(new TrainingOptions { BatchSize = 1 }, lost),
            Throws.InstanceOf<NotFiniteNumberException>().With.Message.EqualTo("training: the loss of epoch 1 is NaN after 2 examples"));
    }

    [Test]
    public void A_state_without_weights_goes_on_with_the_file_it_names_only()
    {
        string folder = Directory.CreateTempSubdirectory("rawser-state-").FullName, path = Path.Combine(folder, "state.safetensors");
        using Linear network = new Linear(2, 2).Initialize(1), other = new Linear(2, 2).Initialize(2);
        using Optimizer optimizer = new Adam(network.Parameters(), 0.1), fresh = new Adam(other.Parameters(), 0.1);
        Generator random = new(0);
        Loop(network, optimizer, random).Run(new Stored(path, "abc"), new Nothing());
        TrainingLoop loop = Loop(other, fresh, new Generator(0));
        Assert.That(TrainingState.WeightsOf(path), Is.EqualTo("abc"));
        Assert.That(() => loop.Resume(path), Throws.TypeOf<WeightFileException>().With.Message.Contains("SHA-256 abc, and the network has others"));
        Assert.That(() => loop.Resume(path, "def"), Throws.TypeOf<WeightFileException>().With.Message.Contains("those of def"));
        loop.Resume(path, "abc");
        Assert.That(loop.EpochsDone, Is.EqualTo(1));
        using (WeightSource source = WeightSource.Open(path))
        {
            Assert.That(source.Entries.Select(entry => entry.Name), Has.All.StartsWith("optimizer."));
        }

        Directory.Delete(folder, recursive: true);
    }

    [Test]
    public void A_state_with_weights_goes_on_in_another_network()
    {
        string folder = Directory.CreateTempSubdirectory("rawser-state-").FullName, path = Path.Combine(folder, "state.safetensors");
        using Linear straight = new Linear(2, 2).Initialize(1), first = new Linear(2, 2).Initialize(1), second = new Linear(2, 2).Initialize(2);
        using Optimizer whole = new Adam(straight.Parameters(), 0.1), before = new Adam(first.Parameters(), 0.1), after = new Adam(second.Parameters(), 0.1);
        Loop(straight, whole, new Generator(0), epochs: 2).Run(new Nothing(), new Nothing());
        Loop(first, before, new Generator(0)).Run(new Stored(path, null), new Nothing());
        TrainingLoop loop = Loop(second, after, new Generator(0), epochs: 2);
        loop.Resume(path);
        loop.Run(new Nothing(), new Nothing());
        Assert.That(TrainingState.WeightsOf(path), Is.Null);
        Assert.That(second.Weight.ToArray<float>(), Is.EqualTo(straight.Weight.ToArray<float>()));
        Directory.Delete(folder, recursive: true);
    }

    private static TrainingLoop Loop(Linear network, Optimizer optimizer, Generator random, int epochs = 1) =>
        new(network, optimizer, random, s_examples, null, new TrainingOptions { Epochs = epochs }, Device.Cpu);

    /// <summary>The weights after an epoch of one batch.</summary>
    private static float[] Train(TrainingOptions options, ArrayExamples? examples = null)
    {
        using Linear network = new Linear(2, 2).Initialize(1);
        using Optimizer optimizer = new Sgd(network.Parameters(), 0.1, new SgdOptions());
        new TrainingLoop(network, optimizer, new Generator(0), examples ?? s_examples, null, options with { Epochs = 1, Shuffle = false }, Device.Cpu).Run(new Nothing(), new Nothing());
        return network.Weight.ToArray<float>();
    }

    private sealed class Stored(string path, string? weights) : IWeightsKeeper
    {
        public void KeepBest(Module network)
        {
        }

        public void RestoreBest(Module network)
        {
        }

        public void KeepState(TrainingState state) => state.Save(path, weights);
    }

    private sealed class Nothing : IWeightsKeeper, ITrainingObserver
    {
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
        }

        public void EpochFinished(EpochMetrics metrics)
        {
        }
    }
}
