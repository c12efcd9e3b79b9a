namespace RawSer;

/// <summary>
/// One operation of the recorded graph, or a leaf that collects its gradient. Nodes know the nodes that made their inputs, not the
/// tensors, so intermediate tensors may be disposed while the graph lives; what the backward rule needs is saved explicitly.
/// A node is held by the tensor that is its result and by the nodes that consumed it; when the last of them lets go, it gives up what it
/// saved. So a graph lives as long as a tensor that a backward pass could start from, and goes when that tensor is disposed.
/// </summary>
internal abstract class Node
{
    private static long s_lastId;

    private readonly SavedTensor[] _saved;
    private int _holders;

    protected Node(string op, Kernels.Shape shape, ReadOnlySpan<Tensor?> inputs, ReadOnlySpan<Tensor?> saved)
    {
        Id = Interlocked.Increment(ref s_lastId);
        Op = op;
        Shape = shape;
        Inputs = new Input[inputs.Length];
        for (int i = 0; i < inputs.Length; i++)
        {
            Inputs[i] = inputs[i] is { } input ? new Input(input.GradNode, input.Shape) : default;
            Inputs[i].Node?.Hold();
        }

        _saved = new SavedTensor[saved.Length];
        for (int i = 0; i < saved.Length; i++)
        {
            _saved[i] = saved[i] is { } tensor ? new SavedTensor(TensorScope.Release(tensor.Alias()), tensor.Storage.Version) : default;
        }
    }

    /// <summary>Increases with creation, so inputs have smaller numbers than their consumers: descending order is a topological order.</summary>
    public long Id { get; }

    /// <summary>Name for messages.</summary>
    public string Op { get; }

    /// <summary>Shape of the result, and so of its gradient.</summary>
    public Kernels.Shape Shape { get; }

    /// <summary>Where gradients go. A node that is null belongs to an input that needs none.</summary>
    public Input[] Inputs { get; }

    /// <summary>True after a backward pass that did not retain the graph, and when nobody holds the node any more.</summary>
    public bool IsReleased { get; private set; }

    public Tensor Saved(int index)
    {
        (Tensor? tensor, int version) = _saved[index];
        return tensor is null ? throw new InvalidOperationException($"backward of {Op}: tensor {index} was not saved")
            : tensor.Storage.Version == version ? tensor
            : throw new InvalidOperationException(
                $"backward of {Op}: a tensor of shape {tensor.Shape} that it reads got other values after the operation (CopyFrom, loaded weights, an optimiser step, a gradient that was added to or clipped); run the backward pass before, or the operation again");
    }

    public bool HasSaved(int index) => _saved[index].Tensor is not null;

    /// <summary>Sends the gradient of the result to the inputs.</summary>
    public abstract void Backward(BackwardContext context);

    /// <summary>Gives up the saved tensors.</summary>
    public virtual void Release()
    {
        IsReleased = true;
        foreach (SavedTensor saved in _saved)
        {
            saved.Tensor?.Dispose();
        }
    }

    /// <summary>Counts one more holder.</summary>
    public void Hold() => Interlocked.Increment(ref _holders);

    /// <summary>Counts one holder less. The last one releases the node and lets go of its inputs, and so on, without recursion.</summary>
    public static void LetGo(Node node)
    {
        if (Interlocked.Decrement(ref node._holders) > 0)
        {
            return;
        }

        Stack<Node> unheld = new([node]);
        while (unheld.TryPop(out Node? next))
        {
            next.Release();
            foreach (Input input in next.Inputs)
            {
                if (input.Node is { } source && Interlocked.Decrement(ref source._holders) == 0)
                {
                    unheld.Push(source);
                }
            }
        }
    }

    public readonly record struct Input(Node? Node, Kernels.Shape? Shape);

    /// <summary>A tensor, and which values of it the operation had.</summary>
    private readonly record struct SavedTensor(Tensor? Tensor, int Version);
}

/// <summary>Collects the gradient of a tensor that the user marked with <see cref="Tensor.RequiresGrad"/>.</summary>
internal sealed class LeafNode(Tensor leaf) : Node("leaf", leaf.Shape, [], [])
{
    public override void Backward(BackwardContext context) => leaf.AccumulateGrad(context.Grad);

    /// <summary>Nothing is saved, and the graphs of later steps grow from the same leaf.</summary>
    public override void Release()
    {
    }
}

/// <summary>An operation with its backward rule and the values, other than tensors, that the rule needs.</summary>
internal sealed class OperationNode<TState>(
    string op,
    Kernels.Shape shape,
    ReadOnlySpan<Tensor?> inputs,
    ReadOnlySpan<Tensor?> saved,
    TState state,
    BackwardRule<TState> rule) : Node(op, shape, inputs, saved)
{
    public override void Backward(BackwardContext context) => rule(context, state);
}
