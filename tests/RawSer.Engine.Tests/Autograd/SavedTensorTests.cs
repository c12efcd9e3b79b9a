using RawSer.Optim;

namespace RawSer.Engine.Tests.Autograd;

/// <summary>Values that a backward pass reads must be those that the operation had; gradients of others would be wrong without a sign.</summary>
public sealed class SavedTensorTests
{
    [Test]
    public void Values_overwritten_from_the_host_are_noticed()
    {
        using Tensor x = Leaf(), y = x * x;
        x.CopyFrom<float>([10, 20, 30]);
        Assert.That(() => y.Backward(y), Throws.InvalidOperationException.With.Message.Contains("backward of mul:").And.Message.Contains("(3)").And.Message.Contains("other values"));
    }

    [Test]
    public void Values_overwritten_through_a_view_are_noticed()
    {
        using Tensor x = Leaf(), y = x * x, part = x.Detach().Slice(0, 1, 2);
        part.CopyFrom<float>([7]);
        Assert.That(() => y.Backward(y), Throws.InvalidOperationException);
    }

    [Test]
    public void An_optimiser_step_between_an_operation_and_its_backward_pass_is_noticed()
    {
        using Tensor x = Leaf(), first = (x * x).Sum(), second = (x * x).Sum();
        using Sgd optimizer = new([x], 0.1);
        first.Backward();
        optimizer.Step();
        Assert.That(() => second.Backward(), Throws.InvalidOperationException.With.Message.Contains("optimiser step"));
    }

    [Test]
    public void A_second_pass_over_a_retained_graph_after_a_step_is_noticed()
    {
        using Tensor x = Leaf(), loss = (x * x).Sum();
        using Sgd optimizer = new([x], 0.1);
        loss.Backward(retainGraph: true);
        loss.Backward(retainGraph: true);
        optimizer.Step();
        Assert.That(() => loss.Backward(), Throws.InvalidOperationException);
    }

    [Test]
    public void A_collected_gradient_that_is_added_to_or_clipped_is_noticed()
    {
        Action<Tensor>[] changes = [x => x.Backward(x), x => GradientClipping.ByNorm([x], 0.5).Dispose(), x => GradientClipping.ByValue([x], 0.5)];
        foreach (Action<Tensor> change in changes)
        {
            using Tensor x = Leaf(), w = Leaf();
            x.Backward(x);
            using Tensor y = w * x.Grad!;
            change(x);
            Assert.That(() => y.Backward(y), Throws.InvalidOperationException.With.Message.Contains("gradient that was added to or clipped"));
        }
    }

    [Test]
    public void What_an_operation_did_not_keep_may_change()
    {
        using Tensor x = Leaf(), y = (x + x).Sum();
        x.CopyFrom<float>([10, 20, 30]);
        y.Backward();
        Assert.That(x.Grad!.ToArray<float>(), Is.EqualTo(new float[] { 2, 2, 2 }));
    }

    [Test]
    public void A_step_after_the_backward_pass_is_the_usual_case()
    {
        using Tensor x = Leaf();
        using Sgd optimizer = new([x], 0.25);
        for (int step = 0; step < 3; step++)
        {
            using Tensor loss = (x * x).Sum();
            loss.Backward();
            optimizer.Step();
            optimizer.ZeroGrad();
        }

        Assert.That(x.ToArray<float>(), Is.EqualTo(new float[] { 0.125f, 0.25f, 0.375f })); // halved three times
    }

    private static Tensor Leaf()
    {
        Tensor x = Tensor.From<float>([1, 2, 3], [3]);
        x.RequiresGrad = true;
        return x;
    }
}
