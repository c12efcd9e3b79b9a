using RawSer.Kernels;

namespace RawSer.Engine.Tests.Ops;

/// <summary>Gradients and refusals of matrix products and the linear layer.</summary>
public sealed class MatMulTests
{
    private static readonly (int[] A, int[] B)[] s_shapes =
    [
        ([3], [3]), ([2, 3], [3]), ([3], [3, 2]), ([2, 3], [3, 4]), ([2, 2, 3], [3, 4]), ([2, 3], [2, 3, 2]), ([2, 1, 2, 3], [3, 3, 2]), ([3, 2, 4], [4]), ([4], [2, 4, 3]),
    ];

    [Test]
    public void Gradients_agree_with_central_differences([Range(0, 8)] int index)
    {
        (int[] a, int[] b) = s_shapes[index];
        GradientCheck.Run(inputs => inputs[0].MatMul(inputs[1]), new Random(index), a, b);
    }

    [Test]
    public void Gradients_pass_through_views()
    {
        GradientCheck.Run(inputs => inputs[0].Permute(0, 2, 1, 3).MatMul(inputs[1].Permute(0, 2, 3, 1)), new Random(1), [2, 3, 2, 4], [2, 5, 2, 4]);
    }

    [Test]
    public void Linear_gradients_agree_with_central_differences([Values] bool relu)
    {
        GradientCheck.Run(inputs => inputs[0].Linear(inputs[1], inputs[2], relu), new Random(1), [2, 3, 4], [5, 4], [5]);
        GradientCheck.Run(inputs => inputs[0].Transpose(0, 1).Linear(inputs[1], null, relu), new Random(2), [4, 3], [2, 4]);
    }

    [TestCase(new[] { 2, 3 }, new[] { 4, 5 })]
    [TestCase(new[] { 3 }, new[] { 4 })]
    [TestCase(new[] { 2, 3, 4 }, new[] { 3, 4, 5 })]
    [TestCase(new int[0], new[] { 3 })]
    public void Shapes_that_do_not_fit_are_named(int[] a, int[] b)
    {
        using TensorScope scope = Tensor.Scope();
        Tensor left = Tensor.Zeros(a), right = Tensor.Zeros(b);
        Assert.That(
            () => left.MatMul(right), Throws.ArgumentException.With.Message.StartsWith("matmul: ").And.Message.Contains($"{left.Shape} and {right.Shape}"));
    }

    [Test]
    public void Linear_names_its_shapes()
    {
        using TensorScope scope = Tensor.Scope();
        Tensor x = Tensor.Zeros([2, 3]);
        Assert.That(() => x.Linear(Tensor.Zeros([4, 5])), Throws.ArgumentException.With.Message.StartsWith("linear: input (2, 3), weight (4, 5), bias none"));
        Assert.That(() => x.Linear(Tensor.Zeros([4, 3]), Tensor.Zeros([3])), Throws.ArgumentException.With.Message.Contains("bias (3)"));
    }
}
