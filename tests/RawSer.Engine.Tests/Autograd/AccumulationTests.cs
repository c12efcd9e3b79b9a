namespace RawSer.Engine.Tests.Autograd;

/// <summary>Gradients that meet at a tensor used several times.</summary>
public sealed class AccumulationTests
{
    [Test]
    public void Every_use_adds_its_gradient_and_none_is_changed_by_the_sum()
    {
        using TensorScope scope = Tensor.Scope();
        Tensor x = Tensor.From<float>([1, 2, 3], [3]);
        x.RequiresGrad = true;
        Tensor y = Tensor.From<float>([5, 7, 11], [3]);
        y.RequiresGrad = true;
        Tensor seed = Tensor.From<float>([1, 10, 100], [3]);

        // z = 2 x + x y + y: x has three consumers, and the gradient of the sum is one storage for all its operands.
        Tensor z = x + x + (x * y) + y;
        z.Backward(seed);

        Assert.That(x.Grad!.ToArray<float>(), Is.EqualTo(new float[] { 7, 90, 1300 }));
        Assert.That(y.Grad!.ToArray<float>(), Is.EqualTo(new float[] { 2, 30, 400 }));
        Assert.That(seed.ToArray<float>(), Is.EqualTo(new float[] { 1, 10, 100 }));
    }

    [Test]
    public void A_second_pass_adds_to_the_gradient_of_the_first()
    {
        using TensorScope scope = Tensor.Scope();
        Tensor x = Tensor.From<float>([3], [1]);
        x.RequiresGrad = true;

        (x * x).Backward();
        (x * x).Backward();

        Assert.That(x.Grad!.Item<float>(), Is.EqualTo(12));
    }
}
