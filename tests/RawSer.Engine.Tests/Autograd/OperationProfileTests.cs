using RawSer.Kernels;
using RawSer.Optim;

namespace RawSer.Engine.Tests.Autograd;

public sealed class OperationProfileTests
{
    [Test]
    public void Operations_their_gradients_and_steps_have_rows()
    {
        using TensorScope scope = Tensor.Scope();
        Tensor x = Tensor.From([1f, 2, 3, 4, 5, 6], [2, 3]), w = Tensor.From([1f, -1, 2], [3, 1]);
        w.RequiresGrad = true;
        using Adam adam = new([w]);
        using OperationProfile profile = OperationProfile.Start();
        for (int step = 0; step < 2; step++)
        {
            profile.Mark("batch");
            x.MatMul(w).Relu().Sum().Backward();
            adam.Step();
        }

        profile.Dispose();
        x.MatMul(w).Relu().Sum().Backward();

        var rows = profile.Rows.Select(row => (row.Operation, row.Phase, row.Shape, row.Count));
        Assert.That(
            rows, Is.EquivalentTo(new (string, OperationPhase, Shape?, int)[]
            {
                ("batch", OperationPhase.Other, null, 2),
                ("matmul", OperationPhase.Forward, [2, 1], 2),
                ("relu", OperationPhase.Forward, [2, 1], 2),
                ("sum", OperationPhase.Forward, [], 2),
                ("sum", OperationPhase.Backward, [], 2),
                ("relu", OperationPhase.Backward, [2, 1], 2),
                ("matmul", OperationPhase.Backward, [2, 1], 2),
                ("leaf", OperationPhase.Backward, [3, 1], 2),
                ("Adam", OperationPhase.Other, null, 2),
            }));
    }

    [Test]
    public void The_rows_add_up_to_the_time_that_passed()
    {
        using TensorScope scope = Tensor.Scope();
        Tensor x = Tensor.Ones([1000]);
        using OperationProfile profile = OperationProfile.Start();
        Thread.Sleep(30);
        profile.Mark("sleep");
        for (int i = 0; i < 100; i++)
        {
            x.Exp();
        }

        OperationTime sleep = profile.Rows.Single(row => row.Operation == "sleep");
        Assert.That(sleep.Time, Is.GreaterThan(TimeSpan.FromMilliseconds(25)));
        Assert.That(profile.Total, Is.EqualTo(profile.Rows.Aggregate(TimeSpan.Zero, (sum, row) => sum + row.Time)).Within(TimeSpan.FromMicroseconds(10)));
        Assert.That(profile.Rows.Single(row => row.Operation == "exp").Time, Is.GreaterThan(TimeSpan.Zero));

        profile.Reset();
        Assert.That(profile.Rows, Is.Empty);
    }

    [Test]
    public void What_a_checkpoint_runs_again_has_rows_of_its_own()
    {
        using TensorScope scope = Tensor.Scope();
        Tensor x = Tensor.Ones([4]);
        x.RequiresGrad = true;
        using OperationProfile profile = OperationProfile.Start();
        Checkpoint.Run(t => t.Exp(), x).Sum().Backward();

        Assert.That(
            profile.Rows.Where(row => row.Operation == "exp").Select(row => row.Phase),
            Is.EquivalentTo(new[] { OperationPhase.Forward, OperationPhase.Recomputed, OperationPhase.Backward }));
        Assert.That(profile.Rows.Select(row => (row.Operation, row.Phase)), Has.Member(("checkpoint", OperationPhase.Backward)));
    }

    [Test]
    public void A_thread_has_one_profile_and_no_other_thread_is_in_it()
    {
        using OperationProfile profile = OperationProfile.Start();
        Assert.That(() => OperationProfile.Start(), Throws.InvalidOperationException.With.Message.Contains("one already"));

        Thread other = new(() =>
        {
            using OperationProfile own = OperationProfile.Start();
            using Tensor x = Tensor.Ones([4]);
            x.Exp().Dispose();
            Assert.That(own.Rows, Has.Count.EqualTo(1));
        });
        other.Start();
        other.Join();
        Assert.That(profile.Rows, Is.Empty);
    }

    [Test]
    public void The_table_has_a_line_for_an_operation_of_any_shapes()
    {
        using TensorScope scope = Tensor.Scope();
        using OperationProfile profile = OperationProfile.Start();
        Tensor.Ones([4]).Exp();
        Tensor.Ones([5]).Exp();
        profile.Mark("the rest");

        string[] lines = profile.ToString().Split(Environment.NewLine);
        Assert.That(lines, Has.Length.EqualTo(3));
        Assert.That(lines[0], Does.EndWith("operation"));
        Assert.That(lines.Skip(1).Select(line => line.Split("  ", StringSplitOptions.RemoveEmptyEntries)[^1]), Is.EquivalentTo(new[] { "exp", "the rest" }));
        Assert.That(lines.Single(line => line.EndsWith("exp", StringComparison.Ordinal)), Does.Match(@"%\s+[\d.]+\s+2\s"));

        string[] shapes = profile.ByShape(rows: 10).Split(Environment.NewLine);
        Assert.That(shapes[0], Is.EqualTo(lines[0]));
        Assert.That(shapes.Skip(1).Select(line => line.Split("  ", StringSplitOptions.RemoveEmptyEntries)[^1]), Is.EquivalentTo(new[] { "exp (4)", "exp (5)", "the rest" }));
        Assert.That(profile.ByShape(rows: 1).Split(Environment.NewLine), Has.Length.EqualTo(2));
    }

    [Test]
    public void On_a_device_operations_are_awaited()
    {
        using TensorScope scope = Tensor.Scope();
        Tensor x = Tensor.Ones([4], device: Device.Emulator);
        using OperationProfile profile = OperationProfile.Start(Device.Emulator);
        x.Exp();

        Assert.That(profile.Rows.Select(row => row.Operation), Is.EqualTo(new[] { "exp" }));
    }
}
