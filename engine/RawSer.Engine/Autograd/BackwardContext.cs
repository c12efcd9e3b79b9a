using RawSer.Kernels;

namespace RawSer;

/// <summary>The backward rule of an operation: reads <see cref="BackwardContext.Grad"/> and the saved tensors, and sets the gradients of the inputs.</summary>
/// <param name="context">Gradient of the result, saved tensors, and where to put the gradients.</param>
/// <param name="state">What the operation recorded besides tensors: dimensions, scalars.</param>
internal delegate void BackwardRule<in TState>(BackwardContext context, TState state);

/// <summary>
/// What a backward rule works with. Rules run without recording, in a tensor scope of their own: temporaries need no disposal.
/// </summary>
internal sealed class BackwardContext
{
    private readonly Node _node;
    private readonly BackwardPass _pass;

    internal BackwardContext(BackwardPass pass, Node node, Tensor grad)
    {
        _pass = pass;
        _node = node;
        Grad = grad;
    }

    /// <summary>Gradient of the result; may be strided (a broadcast view, for example).</summary>
    public Tensor Grad { get; }

    /// <summary>A tensor saved by the forward pass, by its place in the list.</summary>
    public Tensor Saved(int index) => _node.Saved(index);

    /// <summary>False when the optional tensor at this place was left out.</summary>
    public bool HasSaved(int index) => _node.HasSaved(index);

    /// <summary>Whether anybody wants the gradient of an input; rules skip the work otherwise.</summary>
    public bool Needs(int input) => _node.Inputs[input].Node is not null;

    /// <summary>Whether this pass is the last to read the saved tensors, so that one that nobody else holds may be overwritten.</summary>
    public bool MayOverwriteSaved => !_pass.RetainsGraph;

    /// <summary>Shape of an input.</summary>
    public Shape InputShape(int input) => _node.Inputs[input].Shape!;

    /// <summary>
    /// Hands over the gradient of an input. A gradient larger than an input that was broadcast is summed to its shape. The tensor
    /// belongs to the backward pass afterwards; <see cref="Grad"/> itself and saved tensors may be handed on too.
    /// </summary>
    public void Set(int input, Tensor gradient)
    {
        Node? target = _node.Inputs[input].Node;
        if (target is null)
        {
            return;
        }

        Tensor shaped = gradient.SumTo(target.Shape);
        bool ownedByRule = !ReferenceEquals(shaped, Grad) && !ReferenceEquals(shaped, gradient);
        _pass.Accumulate(target, ownedByRule ? shaped : gradient.Alias());
    }
}
