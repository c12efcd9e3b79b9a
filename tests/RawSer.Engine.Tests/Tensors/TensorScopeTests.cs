using RawSer.Kernels;

namespace RawSer.Engine.Tests.Tensors;

/// <summary>Which tensors live how long.</summary>
public sealed class TensorScopeTests
{
    [Test]
    public void What_a_scope_made_goes_with_it_and_what_it_kept_goes_with_the_next()
    {
        Tensor inner, kept;
        using (TensorScope outer = Tensor.Scope())
        {
            using (TensorScope scope = Tensor.Scope())
            {
                inner = Tensor.Ones([3]);
                kept = scope.Keep(Tensor.Ones([3]));
            }

            Assert.That(inner.IsDisposed, Is.True);
            Assert.That(kept.IsDisposed, Is.False);
        }

        Assert.That(kept.IsDisposed, Is.True);
    }

    [Test]
    public void What_the_outermost_scope_kept_belongs_to_the_caller()
    {
        Tensor kept;
        using (TensorScope scope = Tensor.Scope())
        {
            kept = scope.Keep(Tensor.Ones([3]));
        }

        Assert.That(kept.ToArray<float>(), Is.EqualTo(new float[] { 1, 1, 1 }));
        kept.Dispose();
    }

    [Test]
    public void A_view_outlives_the_tensor_that_it_is_a_view_of()
    {
        Tensor view;
        using (TensorScope scope = Tensor.Scope())
        {
            view = scope.Keep(Tensor.From<float>([1, 2, 3, 4], [2, 2]).Permute(1, 0));
        }

        Assert.That(view.ToArray<float>(), Is.EqualTo(new float[] { 1, 3, 2, 4 }));
        view.Dispose();
    }

    [Test]
    public void Scopes_left_in_the_order_of_opening_are_an_error()
    {
        TensorScope outer = Tensor.Scope();
        TensorScope inner = Tensor.Scope();
        Assert.That(outer.Dispose, Throws.InvalidOperationException.With.Message.Contains("reverse order"));
        inner.Dispose();
        outer.Dispose();
        outer.Dispose(); // harmless
    }

    [Test]
    public void An_exception_leaves_nothing_behind()
    {
        Tensor? made = null;
        Assert.That(
            () =>
            {
                using TensorScope scope = Tensor.Scope();
                made = Tensor.Ones([3]);
                made.MatMul(Tensor.Ones([4, 4]));
            },
            Throws.ArgumentException);
        Assert.That(made!.IsDisposed, Is.True);
    }

    [Test]
    public void A_disposed_tensor_says_what_happened_to_it()
    {
        Tensor gone;
        using (Tensor.Scope())
        {
            gone = Tensor.Ones([2, 3]);
        }

        Assert.That(() => gone.Sum(), Throws.InstanceOf<ObjectDisposedException>().With.Message.Contains("(2, 3) was disposed").And.Message.Contains("scope.Keep"));
        Assert.That(gone.Dispose, Throws.Nothing);
    }

    [Test]
    public void Scopes_of_other_threads_are_other_scopes()
    {
        using TensorScope scope = Tensor.Scope();
        Tensor? other = null;
        Thread thread = new(() => other = Tensor.Ones([3]));
        thread.Start();
        thread.Join();
        scope.Dispose();
        Assert.That(other!.IsDisposed, Is.False);
        other.Dispose();
    }

    [Test]
    public void A_tensor_that_no_memory_holds_is_refused_as_too_much() =>
        Assert.That(() => Tensor.Zeros([1 << 29, 1 << 29]), Throws.InstanceOf<InsufficientMemoryException>().With.Message.Contains("for a tensor"));

    [TestCase(int.MaxValue, int.MaxValue)]
    [TestCase(1 << 30, 1 << 30, 4)] // 2^64 bytes
    [TestCase(int.MaxValue, int.MaxValue, int.MaxValue)]
    public void A_shape_whose_bytes_no_number_counts_is_refused(params int[] extents) =>
        Assert.That(() => Tensor.Zeros(extents), Throws.ArgumentException.With.Message.Contains($"({string.Join(", ", extents)}): more than"));
}
