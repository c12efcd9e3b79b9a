using RawSer.Kernels;
using RawSer.Models.Ser;
using RawSer.Nn;
using RawSer.Optim;

namespace RawSer.Models.Tests.Ser;

public sealed class SerTrainingTests
{
    private const int Batch = 8;

    [TestCase(SerArchitecture.Cnn, true)]
    [TestCase(SerArchitecture.Cnn, false)]
    [TestCase(SerArchitecture.TwoCnn, false)]
    [TestCase(SerArchitecture.CnnTransformer, true)]
    [TestCase(SerArchitecture.CnnTransformer, false)]
    public void Thirty_steps_on_one_batch_lower_the_loss(SerArchitecture architecture, bool asReported)
    {
        SerNetworkOptions options = asReported ? SerNetworkOptions.AsReported(architecture) : SerNetworkOptions.Corrected(architecture);
        using SerNetwork network = SerNetwork.Create(options with { Dropout = 0.1, EncoderDropout = 0.1 }, seed: 1);
        float[] losses = Train(network, steps: 30);
        Assert.That(losses, Is.All.Matches<float>(float.IsFinite));
        Assert.That(losses[^1], Is.LessThan(0.5f * losses[0]));
    }

    [TestCase(SerArchitecture.TwoCnn)]
    [TestCase(SerArchitecture.CnnTransformer)]
    public void The_same_seed_gives_bit_identical_weights_on_one_thread_and_on_all(SerArchitecture architecture)
    {
        float[] all = TrainedWeights(architecture), one = [];
        // Work started inside a part of a job is not split among threads again.
        WorkerPool.Shared.Run(2, new FirstPart(() => one = TrainedWeights(architecture)));
        Assert.That(one, Is.EqualTo(all));
        Assert.That(TrainedWeights(architecture), Is.EqualTo(all));
    }

    [TestCase(SerArchitecture.TwoCnn)]
    [TestCase(SerArchitecture.CnnTransformer)]
    public void A_folded_network_gives_the_same_logits(SerArchitecture architecture)
    {
        SerNetworkOptions corrected = SerNetworkOptions.Corrected(architecture);
        foreach (SerNetworkOptions options in new[] { corrected, corrected with { NormAxis = NormAxis.Time }, SerNetworkOptions.AsReported(architecture) })
        {
            using SerNetwork network = SerNetwork.Create(options, seed: 1);
            Train(network, steps: 3); // so that the running statistics are not those of the start
            network.Eval();
            using SerNetwork folded = network.Fold();
            using NoGradScope noGrad = Autograd.NoGrad();
            using TensorScope scope = Tensor.Scope();
            Tensor x = SerNetworkTests.Features(options, 2, seed: 9);
            Assert.That(folded.Forward(x).ToArray<float>(), Is.EqualTo(network.Forward(x).ToArray<float>()).Within(1e-4f));
            Assert.That(folded.TrainableParameterCount, Is.Zero);
            Assert.That(folded.NamedState().Any(s => s.Name.Contains(".bn1.")), Is.EqualTo(options.NormAxis == NormAxis.Time));
        }
    }

    private static float[] TrainedWeights(SerArchitecture architecture)
    {
        using SerNetwork network = SerNetwork.Create(SerNetworkOptions.Corrected(architecture), seed: 1);
        Train(network, steps: 2);
        return [.. network.NamedState().Where(s => s.Value.DType == DType.F32).SelectMany(s => s.Value.ToArray<float>())];
    }

    internal static float[] Train(SerNetwork network, int steps)
    {
        network.Train();
        network.UseRandom(new Generator(5));
        using Adam optimizer = new(network.Parameters(), 1e-3);
        using TensorScope outer = Tensor.Scope();
        Tensor x = SerNetworkTests.Features(network.Options, Batch, seed: 2);
        Tensor labels = Tensor.From([.. Enumerable.Range(0, Batch).Select(i => (long)(i % network.Options.Classes))], [Batch]);
        float[] losses = new float[steps];
        for (int i = 0; i < steps; i++)
        {
            using TensorScope scope = Tensor.Scope();
            Tensor loss = network.Forward(x).CrossEntropy(labels);
            losses[i] = loss.Item<float>();
            optimizer.ZeroGrad();
            loss.Backward();
            optimizer.Step();
        }

        return losses;
    }

    private readonly struct FirstPart(Action action) : IParallelBody
    {
        public void Invoke(int index)
        {
            if (index == 0)
            {
                action();
            }
        }
    }
}
