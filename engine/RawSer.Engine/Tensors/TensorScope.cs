namespace RawSer;

/// <summary>
/// Disposes the tensors made while it is open. Scopes nest like <c>using</c> blocks and belong to the thread that opened them.
/// </summary>
public sealed class TensorScope : IDisposable
{
    [ThreadStatic]
    private static TensorScope? s_current;

    private readonly TensorScope? _outer;
    private readonly List<Tensor> _tensors = [];
    private bool _closed;

    private TensorScope(TensorScope? outer) => _outer = outer;

    /// <summary>Carries a tensor out: it then belongs to the enclosing scope, or to the caller when there is none.</summary>
    public Tensor Keep(Tensor tensor)
    {
        // The list is searched from the end: what is kept was usually made last.
        int at = _tensors.LastIndexOf(tensor);
        if (at >= 0)
        {
            _tensors[at] = _tensors[^1];
            _tensors.RemoveAt(_tensors.Count - 1);
            _outer?._tensors.Add(tensor);
        }

        return tensor;
    }

    /// <summary>Disposes what was made and not kept.</summary>
    /// <exception cref="InvalidOperationException">A scope that was opened later is still open, or this is another thread.</exception>
    public void Dispose()
    {
        if (_closed)
        {
            return;
        }

        if (s_current != this)
        {
            throw new InvalidOperationException("tensor scopes must be left in the reverse order of opening, on the thread that opened them");
        }

        _closed = true;
        s_current = _outer;
        for (int i = _tensors.Count - 1; i >= 0; i--)
        {
            _tensors[i].Dispose();
        }
    }

    internal static TensorScope Open() => s_current = new TensorScope(s_current);

    internal static void Register(Tensor tensor) => s_current?._tensors.Add(tensor);

    /// <summary>Takes a tensor out of every open scope of this thread: it lives until it is disposed.</summary>
    internal static Tensor Release(Tensor tensor)
    {
        for (TensorScope? scope = s_current; scope is not null; scope = scope._outer)
        {
            int at = scope._tensors.LastIndexOf(tensor);
            if (at >= 0)
            {
                scope._tensors.RemoveAt(at);
                break;
            }
        }

        return tensor;
    }
}
