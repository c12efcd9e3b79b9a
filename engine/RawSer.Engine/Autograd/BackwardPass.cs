using RawSer.Kernels;

namespace RawSer;

/// <summary>
/// One run of backpropagation: collects the nodes that the root depends on without recursion, walks them from the newest to the
/// oldest, and adds gradients where several consumers meet (the first is moved, later ones are added in place).
/// </summary>
internal sealed class BackwardPass(bool retainGraph)
{
    [ThreadStatic]
    private static int s_running;

    private readonly Dictionary<Node, Tensor> _pending = [];

    /// <summary>Whether the calling thread is in a pass: the operations of a rule are then part of its gradient.</summary>
    public static bool IsRunning => s_running > 0;

    /// <summary>Whether another pass over the same graph may follow.</summary>
    public bool RetainsGraph => retainGraph;

    public void Run(Node root, Tensor gradient)
    {
        using NoGradScope noGrad = Autograd.NoGrad();
        List<Node> order = Collect(root);
        Accumulate(root, gradient.Alias());
        s_running++;
        try
        {
            foreach (Node node in order)
            {
                if (_pending.Remove(node, out Tensor? grad))
                {
                    using TensorScope scope = Tensor.Scope();
                    node.Backward(new BackwardContext(this, node, grad));
                    grad.Dispose();
                    OperationProfile.GradientEnded(node.Op, node.Shape);
                }

                if (!RetainsGraph)
                {
                    node.Release();
                }
            }
        }
        finally
        {
            s_running--;
            foreach (Tensor grad in _pending.Values)
            {
                grad.Dispose();
            }
        }
    }

    /// <summary>Adds a gradient of a node's result; takes the tensor over.</summary>
    public void Accumulate(Node node, Tensor gradient)
    {
        TensorScope.Release(gradient);
        if (!_pending.TryGetValue(node, out Tensor? sum))
        {
            _pending[node] = gradient;
            return;
        }

        if (!sum.Storage.IsUnique || !sum.IsContiguous)
        {
            _pending[node] = TensorScope.Release(sum.DenseCopy());
            sum.Dispose();
        }

        _pending[node].AddInPlace(gradient);
        gradient.Dispose();
    }

    private static List<Node> Collect(Node root)
    {
        HashSet<Node> seen = [root];
        List<Node> order = [];
        Stack<Node> stack = new([root]);
        while (stack.TryPop(out Node? node))
        {
            if (node.IsReleased)
            {
                throw new InvalidOperationException(
                    $"backward of {node.Op}: this part of the graph was released by an earlier backward pass; pass retainGraph: true to the earlier one");
            }

            order.Add(node);
            foreach (Node.Input input in node.Inputs)
            {
                if (input.Node is { } next && seen.Add(next))
                {
                    stack.Push(next);
                }
            }
        }

        order.Sort(static (a, b) => b.Id.CompareTo(a.Id));
        return order;
    }
}
