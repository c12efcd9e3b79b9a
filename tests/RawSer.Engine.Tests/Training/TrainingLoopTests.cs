using RawSer.Nn;
using RawSer.Optim;
using RawSer.Training;

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

    /// <summary>The weights after an epoch of one batch.</summary>
    private static float[] Train(TrainingOptions options, ArrayExamples? examples = null)
    {
        using Linear network = new Linear(2, 2).Initialize(1);
        using Optimizer optimizer = new Sgd(network.Parameters(), 0.1, new SgdOptions());
        new TrainingLoop(network, optimizer, new Generator(0), examples ?? s_examples, null, options with { Epochs = 1, Shuffle = false }, Device.Cpu).Run(new Nothing(), new Nothing());
        return network.Weight.ToArray<float>();
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
