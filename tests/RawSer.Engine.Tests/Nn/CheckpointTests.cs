using RawSer.Nn;

namespace RawSer.Engine.Tests.Nn;

public sealed class CheckpointTests
{
    [TestCase(true)]
    [TestCase(false)]
    public void Gradients_and_statistics_are_bit_identical_with_and_without(bool inputNeedsGradient)
    {
        float[][] plain = Run(checkpointed: false, inputNeedsGradient), checkpointed = Run(checkpointed: true, inputNeedsGradient);
        Assert.That(checkpointed, Has.Length.EqualTo(plain.Length));
        for (int i = 0; i < plain.Length; i++)
        {
            Assert.That(checkpointed[i], Is.EqualTo(plain[i]), $"tensor {i}");
        }
    }

    [Test]
    public void Only_the_input_is_kept_between_the_passes()
    {
        using Sequential network = Network(dropout: 0);
        network.Train();
        using Tensor x = Input();
        long Held(bool checkpointed)
        {
            long before = Device.Cpu.MemoryStats.BytesInUse;
            using TensorScope scope = Tensor.Scope();
            Tensor y = checkpointed ? Checkpoint.Run(network.Forward, x) : network.Forward(x);
            long held = Device.Cpu.MemoryStats.BytesInUse - before;
            y.Backward(Tensor.Ones(y.Shape));
            return held;
        }

        long output = 64 * 8 * sizeof(float);
        Held(checkpointed: true); // parameters that nothing has filled get their memory at the first use
        Assert.That(Held(checkpointed: true), Is.EqualTo(output));
        Assert.That(Held(checkpointed: false), Is.GreaterThan(4 * output));
    }

    [Test]
    public void Without_recording_nothing_is_recorded()
    {
        using Sequential network = Network(dropout: 0);
        using Tensor x = Input();
        using NoGradScope noGrad = RawSer.Autograd.NoGrad();
        using Tensor y = Checkpoint.Run(network.Forward, x);
        Assert.That(y.RequiresGrad, Is.False);
    }

    /// <summary>Output, gradients of input and parameters, running statistics, and what the generator gives next.</summary>
    private static float[][] Run(bool checkpointed, bool inputNeedsGradient)
    {
        using Sequential network = Network(dropout: 0.5);
        network.Train();
        Generator random = new(7);
        network.UseRandom(random);
        using TensorScope scope = Tensor.Scope();
        Tensor x = Input();
        x.RequiresGrad = inputNeedsGradient;
        Tensor y = checkpointed ? Checkpoint.Run(network.Forward, x, random) : network.Forward(x);
        Tensor after = y.Dropout(0.5, random); // what follows must not see that the part ran twice
        after.Backward(Tensor.Ones(y.Shape));
        return
        [
            after.ToArray<float>(),
            x.Grad?.ToArray<float>() ?? [],
            .. network.Parameters().Select(p => p.Grad!.ToArray<float>()),
            .. network.NamedBuffers().Where(b => b.Name.Contains("running")).Select(b => b.Value.ToArray<float>()),
            [network.State("1.num_batches_tracked").Item<long>()],
            random.Uniform([4]).ToArray<float>(),
        ];
    }

    private static Sequential Network(double dropout) =>
        new Sequential(new Linear(16, 32), new BatchNorm(32), new Gelu(), new Dropout(dropout), new Linear(32, 8)).Initialize(3);

    private static Tensor Input() => new Generator(1).Normal([64, 16]);
}
