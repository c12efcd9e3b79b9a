using RawSer.Kernels;

namespace RawSer;

/// <summary>Recording of operations for <see cref="Tensor.Backward"/>. Per thread; on by default.</summary>
public static class Autograd
{
    [ThreadStatic]
    private static bool s_disabled;

    /// <summary>True while operations on tensors that require gradients are recorded.</summary>
    public static bool IsEnabled => !s_disabled;

    /// <summary>Switches recording off until the returned scope is disposed: inference, optimiser steps.</summary>
    public static NoGradScope NoGrad() => Switch(disabled: true);

    /// <summary>Switches recording on inside a <see cref="NoGrad"/> region.</summary>
    internal static NoGradScope EnableGrad() => Switch(disabled: false);

    internal static void Restore(bool disabled) => s_disabled = disabled;

    /// <summary>Whether an operation on these inputs has to be recorded.</summary>
    internal static bool IsNeeded(params ReadOnlySpan<Tensor?> inputs)
    {
        if (s_disabled)
        {
            return false;
        }

        foreach (Tensor? input in inputs)
        {
            if (input is { RequiresGrad: true })
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>
    /// Ends every differentiable operation: makes <paramref name="output"/> the result of a node if an input requires a gradient, and in any case keeps the
    /// inputs reachable until the kernel has run. <paramref name="saved"/> are the tensors that the rule reads; null stands for an
    /// optional tensor that was left out.
    /// </summary>
    internal static Tensor Record<TState>(
        Tensor output,
        string op,
        ReadOnlySpan<Tensor?> inputs,
        ReadOnlySpan<Tensor?> saved,
        TState state,
        BackwardRule<TState> rule)
    {
        if (IsNeeded(inputs))
        {
            output.GradNode = new OperationNode<TState>(op, output.Shape, inputs, saved, state, rule);
        }

        return Unrecorded(output, op, inputs);
    }

    /// <summary>Ends an operation that is not recorded: a comparison, an inference with packed weights. Keeps the inputs reachable until the kernel has run.</summary>
    internal static Tensor Unrecorded(Tensor output, string op, params ReadOnlySpan<Tensor?> inputs)
    {
        foreach (Tensor? input in inputs)
        {
            GC.KeepAlive(input);
        }

        OperationProfile.OperationEnded(op, output.Shape);
        return output;
    }

    /// <summary>Ends an operation that has no gradient: a backward pass through it fails with its name instead of giving zeros.</summary>
    internal static Tensor RecordNotDifferentiable(Tensor output, string op, params ReadOnlySpan<Tensor?> inputs) =>
        Record(output, op, inputs, [], op, static (_, name) => throw new NotSupportedException($"{name} has no gradient; use Detach() on its input if none is wanted"));

    private static NoGradScope Switch(bool disabled)
    {
        NoGradScope scope = new(s_disabled);
        s_disabled = disabled;
        return scope;
    }
}

/// <summary>Restores the recording state of <see cref="Autograd"/> when disposed.</summary>
public readonly struct NoGradScope : IDisposable
{
    private readonly bool _wasDisabled;

    internal NoGradScope(bool wasDisabled) => _wasDisabled = wasDisabled;

    /// <summary>Ends the region.</summary>
    public void Dispose() => Autograd.Restore(_wasDisabled);
}
