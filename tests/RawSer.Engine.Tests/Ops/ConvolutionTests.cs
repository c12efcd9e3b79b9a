using RawSer.Kernels;

namespace RawSer.Engine.Tests.Ops;

/// <summary>Gradients and refusals of convolutions.</summary>
public sealed class ConvolutionTests
{
    [Test]
    public void Gradients_agree_with_central_differences([Range(0, 5)] int seed)
    {
        Random random = new(seed);
        int groups = random.Next(1, 3);
        ConvWindow height = Window(random), width = Window(random);
        GradientCheck.Run(
            inputs => inputs[0].Conv2d(inputs[1], inputs[2], height, width, groups), random, [2, 2 * groups, 5, 6], [groups * 2, 2, 2, 3], [groups * 2]);
        GradientCheck.Run(inputs => inputs[0].Conv1d(inputs[1], inputs[2], width, groups), random, [2, 2 * groups, 7], [groups * 3, 2, 3], [groups * 3]);
    }

    [Test]
    public void Gradients_pass_the_fused_relu()
    {
        GradientCheck.Run(inputs => inputs[0].Conv2d(inputs[1], inputs[2], padding: 1, relu: true), new Random(1), [1, 2, 4, 5], [3, 2, 3, 3], [3]);
        GradientCheck.Run(inputs => inputs[0].Conv1d(inputs[1], relu: true), new Random(2), [2, 2, 5], [3, 2, 3]);
    }

    [Test]
    public void Transposed_gradients_agree_with_central_differences([Range(0, 3)] int seed)
    {
        Random random = new(seed);
        int groups = random.Next(1, 3);
        ConvWindow height = Window(random), width = Window(random);
        GradientCheck.Run(
            inputs => inputs[0].ConvTranspose2d(inputs[1], inputs[2], height, width, 0, 1, groups), random, [2, 2 * groups, 4, 3], [2 * groups, 2, 3, 3], [2 * groups]);
        GradientCheck.Run(inputs => inputs[0].ConvTranspose1d(inputs[1], inputs[2], width, 1, groups), random, [2, 2 * groups, 4], [2 * groups, 3, 3], [3 * groups]);
    }

    [Test]
    public void A_bias_alone_gets_its_gradient()
    {
        using TensorScope scope = Tensor.Scope();
        Tensor x = Tensor.Ones([2, 1, 3, 4]), w = Tensor.Ones([2, 1, 1, 1]), b = Tensor.Zeros([2]);
        b.RequiresGrad = true;
        Tensor y = x.Conv2d(w, b);
        y.Backward(Tensor.Ones(y.Shape));
        Assert.That(b.Grad!.ToArray<float>(), Is.EqualTo(new float[] { 24, 24 }));
    }

    [TestCase(new[] { 2, 3, 8, 8 }, new[] { 4, 2, 3, 3 }, "conv2d: input (2, 3, 8, 8), weight (4, 2, 3, 3)")]
    [TestCase(new[] { 2, 3, 8 }, new[] { 4, 3, 3, 3 }, "expected input (B, C, H, W)")]
    [TestCase(new[] { 2, 3, 2, 8 }, new[] { 4, 3, 3, 3 }, "fits into the padded input")]
    [TestCase(new[] { 2, 3, 2, 8 }, new[] { 4, 3, 0, 3 }, "not empty")]
    public void Shapes_that_do_not_fit_are_named(int[] x, int[] w, string message)
    {
        using TensorScope scope = Tensor.Scope();
        Assert.That(() => Tensor.Zeros(x).Conv2d(Tensor.Zeros(w)), Throws.ArgumentException.With.Message.Contains(message));
    }

    [TestCase(0, 0, 1, 1)]
    [TestCase(1, -1, 1, 1)]
    [TestCase(1, 0, 0, 1)]
    [TestCase(1, 0, 1, 0)]
    [TestCase(1, 0, 1, 2)]
    public void Parameters_out_of_range_are_refused(int stride, int padding, int dilation, int groups)
    {
        using TensorScope scope = Tensor.Scope();
        Assert.That(
            () => Tensor.Zeros([1, 3, 8, 8]).Conv2d(Tensor.Zeros([4, 3, 3, 3]), null, stride, padding, dilation, groups),
            Throws.ArgumentException.With.Message.StartsWith("conv2d: "));
    }

    private static ConvWindow Window(Random random) => new(random.Next(1, 3), random.Next(0, 2), random.Next(0, 2), random.Next(1, 3));
}
