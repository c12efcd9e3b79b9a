using RawSer.Kernels;

namespace RawSer;

public sealed partial class Tensor
{
    private Node? _node;

    /// <summary>
    /// True when operations on this tensor are recorded. Set it on a leaf (a parameter, an input) to have <see cref="Backward"/> collect its gradient.
    /// </summary>
    /// <exception cref="InvalidOperationException">Set on the result of a recorded operation, or on a tensor of integers.</exception>
    public bool RequiresGrad
    {
        get => _node is not null;
        set
        {
            if (value && !DType.IsFloat())
            {
                throw new InvalidOperationException($"tensor of {DType} cannot require a gradient: only floats can");
            }

            if (_node is not null and not LeafNode)
            {
                throw new InvalidOperationException($"RequiresGrad can be set on leaves only; this is the result of {_node.Op} (use Detach())");
            }

            GradNode = value ? _node ?? new LeafNode(this) : null;
        }
    }

    /// <summary>The gradient that backward passes have collected for this leaf, or null. It belongs to the tensor.</summary>
    public Tensor? Grad { get; private set; }

    internal Node? GradNode
    {
        get => _node;
        set
        {
            value?.Hold();
            if (Interlocked.Exchange(ref _node, value) is { } former)
            {
                Node.LetGo(former);
            }
        }
    }

    /// <summary>
    /// Computes the gradients of this tensor with respect to every leaf that requires one and adds them to <see cref="Grad"/>.
    /// </summary>
    /// <param name="gradient">Gradient of the final objective with respect to this tensor; 1 if left out, which needs a tensor of one element.</param>
    /// <param name="retainGraph">Keep what the graph saved, so that another pass can follow.</param>
    public void Backward(Tensor? gradient = null, bool retainGraph = false)
    {
        if (_node is null)
        {
            throw new InvalidOperationException($"backward: tensor of shape {Shape} is not the result of a recorded operation on a tensor that requires a gradient");
        }

        if (gradient is null && ElementCount != 1)
        {
            throw new InvalidOperationException($"backward: tensor of shape {Shape} has {ElementCount} elements, so the gradient must be given");
        }

        if (gradient is not null && gradient.Shape != Shape)
        {
            throw new ArgumentException($"backward: gradient of shape {gradient.Shape} for a tensor of shape {Shape}");
        }

        Tensor start = gradient ?? Full(Shape, 1, DType, Device);
        new BackwardPass(retainGraph).Run(_node, start);
        if (gradient is null)
        {
            start.Dispose();
        }
    }

    /// <summary>Drops the collected gradient.</summary>
    public void ZeroGrad()
    {
        Grad?.Dispose();
        Grad = null;
    }

    /// <summary>Puts another gradient, or none, in the place of the collected one, which is the caller's from then on.</summary>
    internal Tensor? ExchangeGrad(Tensor? gradient)
    {
        Tensor? former = Grad;
        Grad = gradient;
        return former;
    }

    /// <summary>The same values outside the graph.</summary>
    public Tensor Detach() => Alias();

    internal void AccumulateGrad(Tensor gradient)
    {
        if (IsDisposed)
        {
            return;
        }

        if (Grad is not null)
        {
            Grad.AddInPlace(gradient);
        }
        else
        {
            // The pass holds one reference of its own, so a storage that nobody else shares is unique here and can be moved.
            bool movable = gradient.IsContiguous && gradient.Storage.IsUnique;
            Grad = TensorScope.Release(movable ? gradient.Alias() : gradient.DenseCopy());
        }
    }

    partial void ReleaseGradient()
    {
        ZeroGrad();
        GradNode = null;
    }
}
