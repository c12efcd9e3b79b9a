namespace RawSer.Engine.Tests.Ops;

public sealed class LargeAttentionTests
{
    /// <summary>Scores so large that the backward pass computes them again, against the composition that stores them.</summary>
    [Test]
    public void Gradients_are_those_of_products_and_softmax()
    {
        const int Queries = 800, Keys = 900, Size = 8;
        using TensorScope scope = Tensor.Scope();
        Generator random = new(3);
        Tensor[] operands = [random.Normal([3, Queries, Size]), random.Normal([3, Keys, Size]), random.Normal([3, Keys, Size])];
        Tensor attend = random.Uniform([1, Queries, Keys]).Less(Tensor.Full([1], 0.8));
        Assert.That(Device.Cpu.Backend.RecomputesAttention([1, 3, Queries, Keys]), Is.True);
        float[][] fused = Gradients(operands, (q, k, v) => q.ScaledDotProductAttention(k, v, attend, scale: 0.5));
        float[][] composed = Gradients(operands, (q, k, v) => (q.MatMul(k.Transpose(-2, -1)) * 0.5).MaskedFill(attend.LogicalNot(), double.NegativeInfinity).Softmax(-1).MatMul(v));
        for (int i = 0; i < operands.Length; i++)
        {
            Assert.That(fused[i], Is.EqualTo(composed[i]).Within(2e-5f), $"gradient {i}");
        }
    }

    /// <summary>What dropout keeps is drawn again for the backward pass: the same weights, and nothing of the size of the scores is held until then.</summary>
    [Test]
    public void Dropout_is_that_of_the_composition_and_its_mask_is_not_held()
    {
        const int Queries = 800, Keys = 900, Size = 8;
        const double Dropout = 0.4;
        using TensorScope scope = Tensor.Scope();
        Generator random = new(3);
        Tensor[] operands = [random.Normal([3, Queries, Size]), random.Normal([3, Keys, Size]), random.Normal([3, Keys, Size])];
        long held = 0;
        float[][] fused = Gradients(operands, (q, k, v) =>
        {
            long before = Device.Cpu.MemoryStats.BytesInUse;
            Tensor y = q.ScaledDotProductAttention(k, v, scale: 0.5, dropout: Dropout, generator: new Generator(5));
            held = Device.Cpu.MemoryStats.BytesInUse - before;
            return y;
        });
        float[][] composed = Gradients(operands, (q, k, v) => (q.MatMul(k.Transpose(-2, -1)) * 0.5).Softmax(-1).Dropout(Dropout, new Generator(5)).MatMul(v));
        for (int i = 0; i < operands.Length; i++)
        {
            Assert.That(fused[i], Is.EqualTo(composed[i]).Within(2e-5f), $"gradient {i}");
        }

        Assert.That(held, Is.LessThan(3L * Queries * Keys));
    }

    private static float[][] Gradients(Tensor[] operands, Func<Tensor, Tensor, Tensor, Tensor> attention)
    {
        foreach (Tensor operand in operands)
        {
            operand.RequiresGrad = true;
            operand.ZeroGrad();
        }

        attention(operands[0], operands[1], operands[2]).Square().Sum().Backward();
        return [.. operands.Select(operand => operand.Grad!.ToArray<float>())];
    }
}
