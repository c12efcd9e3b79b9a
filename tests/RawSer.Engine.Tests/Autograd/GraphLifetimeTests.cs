using RawSer.Nn;

namespace RawSer.Engine.Tests.Autograd;

/// <summary>How long a graph and what it saved stay in memory.</summary>
[NonParallelizable]
public sealed class GraphLifetimeTests
{
    /// <summary>Kernels have their scratch memory, and the pool what other tests forgot.</summary>
    [SetUp]
    public void Settle()
    {
        using (Tensor.Scope())
        using (Sequential network = Network())
        {
            network.Forward(Tensor.Zeros([64, 16]));
        }

        ForgottenMemory.Collect();
    }

    [Test]
    public void Disposing_the_result_of_a_forward_pass_releases_what_it_saved()
    {
        using Tensor x = Leaf([64, 16]);
        long before = InUse;
        Tensor hidden = x.Sigmoid();
        Tensor result = hidden.Exp();
        hidden.Dispose();
        Assert.That(InUse, Is.EqualTo(before + (2 * 64 * 16 * sizeof(float))), "the graph saved the results of both operations");

        result.Dispose();
        Assert.That(InUse, Is.EqualTo(before));
    }

    [Test]
    public void Leaving_a_scope_releases_the_graphs_of_a_network_that_ran_forward_only()
    {
        using Sequential network = Network();
        network.Train();
        using Tensor x = new Generator(1).Normal([64, 16]);
        long before = InUse;
        using (Tensor.Scope())
        {
            network.Forward(x);
            Assert.That(InUse, Is.GreaterThan(before));
        }

        Assert.That(InUse, Is.EqualTo(before));
    }

    [Test]
    public void A_part_that_another_result_needs_stays()
    {
        using Tensor x = Leaf([3]);
        Tensor shared = x.Exp();
        using Tensor kept = shared.Square();
        Tensor dropped = shared.Sigmoid();
        shared.Dispose();
        dropped.Dispose();
        using Tensor ones = Tensor.Ones([3]);
        kept.Backward(ones);

        float[] expected = [.. x.ToArray<float>().Select(v => 2 * MathF.Exp(2 * v))]; // (e^2x)' = 2 e^2x
        Assert.That(x.Grad!.ToArray<float>(), Is.EqualTo(expected).Within(1e-4).Percent);
    }

    [Test]
    public void Disposing_a_long_chain_needs_no_stack()
    {
        using Tensor x = Leaf([1]);
        long before = InUse;
        Tensor y = x.Exp();
        for (int i = 0; i < 100_000; i++)
        {
            Tensor next = y.Sigmoid();
            y.Dispose();
            y = next;
        }

        y.Dispose();
        Assert.That(InUse, Is.EqualTo(before));
    }

    [Test]
    public void A_module_leaves_only_its_result()
    {
        using Sequential network = Network();
        using Tensor x = new Generator(1).Normal([64, 16]);
        using NoGradScope noGrad = RawSer.Autograd.NoGrad();
        long before = InUse;
        using Tensor y = network.Forward(x);
        Assert.That(InUse - before, Is.EqualTo(y.ElementCount * sizeof(float)));
    }

    private static long InUse => Device.Cpu.MemoryStats.BytesInUse;

    private static Tensor Leaf(int[] shape)
    {
        Tensor x = new Generator(3).Normal(shape);
        x.RequiresGrad = true;
        return x;
    }

    private static Sequential Network() => new Sequential(new Linear(16, 32), new Gelu(), new Linear(32, 8)).Initialize(3);
}
