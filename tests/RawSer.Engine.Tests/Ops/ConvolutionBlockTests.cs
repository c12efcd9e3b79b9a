namespace RawSer.Engine.Tests.Ops;

public sealed class ConvolutionBlockTests
{
    private static readonly ConvWindow s_window = ConvWindow.Of(padding: 1);

    /// <summary>The second is so large that the convolution is computed again.</summary>
    [TestCase(3, 10)]
    [TestCase(1, 300)]
    public void Values_statistics_and_gradients_are_those_of_its_parts_to_the_bit(int inputs, int size)
    {
        float[][] whole = Run(inputs, size, passes: 1, block: true), parts = Run(inputs, size, passes: 1, block: false);
        Assert.That(whole, Is.EqualTo(parts));
    }

    /// <summary>What a pass may overwrite is there for the next one.</summary>
    [TestCase(3, 10)]
    [TestCase(1, 300)]
    public void A_retained_graph_gives_the_same_gradients_again(int inputs, int size)
    {
        float[][] once = Run(inputs, size, passes: 1, block: true), twice = Run(inputs, size, passes: 2, block: true);
        for (int i = 3; i < once.Length; i++)
        {
            Assert.That(twice[i], Is.EqualTo(once[i].Select(g => 2 * g)), $"gradient {i - 3}");
        }
    }

    /// <summary>Of a block that is computed again nothing is held but its input, its result and numbers of the channels.</summary>
    [Test]
    public void A_large_block_of_one_input_channel_holds_its_result_only()
    {
        using TensorScope scope = Tensor.Scope();
        Generator random = new(7);
        Tensor input = random.Normal([16, 1, 300, 303]), kernel = random.Normal([6, 1, 3, 3]);
        kernel.RequiresGrad = true;
        Tensor warm = Block(); // scratch of the threads
        long before = Device.Cpu.MemoryStats.BytesInUse;
        Tensor y = Block();
        long result = y.ElementCount * sizeof(float);
        Assert.That(Device.Cpu.MemoryStats.BytesInUse - before, Is.LessThan(result * 5 / 4 + 10_000)); // a size class is a quarter larger at most
        Assert.That(y.ToArray<float>(), Is.EqualTo(warm.ToArray<float>()));

        Tensor Block() => input.Conv2dBatchNormReluMaxPool2d(kernel, null, s_window, s_window, 1, null, null, null, null, 2);
    }

    /// <summary>Result, running mean and variance, and the gradients of input, kernel and bias, weight and bias of the norm.</summary>
    private static float[][] Run(int inputs, int size, int passes, bool block)
    {
        using TensorScope scope = Tensor.Scope();
        Generator random = new(7);
        Tensor[] operands =
        [
            random.Normal([16, inputs, size, size + 3]), random.Normal([6, inputs, 3, 3]), random.Normal([6]), random.Uniform([6], 0.5, 1.5), random.Normal([6]),
        ];
        foreach (Tensor operand in operands)
        {
            operand.RequiresGrad = true;
        }

        Tensor mean = Tensor.Zeros([6]), variance = Tensor.Ones([6]);
        Tensor y = block
            ? operands[0].Conv2dBatchNormReluMaxPool2d(operands[1], operands[2], s_window, s_window, 1, operands[3], operands[4], mean, variance, 2)
            : operands[0].Conv2d(operands[1], operands[2], s_window, s_window).BatchNormReluMaxPool2d(operands[3], operands[4], mean, variance, training: true, 2);
        Tensor loss = y.Square().Sum();
        for (int pass = 1; pass <= passes; pass++)
        {
            loss.Backward(retainGraph: pass < passes);
        }

        return [y.ToArray<float>(), mean.ToArray<float>(), variance.ToArray<float>(), .. operands.Select(operand => operand.Grad!.ToArray<float>())];
    }
}
