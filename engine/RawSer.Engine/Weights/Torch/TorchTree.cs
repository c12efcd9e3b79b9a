namespace RawSer.Weights.Torch;

/// <summary>A plain value that stands beside the tensors of a checkpoint.</summary>
/// <param name="Path">Keys from the root: strings, and integers (<see cref="long"/>) for items of lists and integer keys.</param>
/// <param name="Value">null, bool, long, <see cref="System.Numerics.BigInteger"/>, double or string.</param>
public sealed record PlainValue(IReadOnlyList<object> Path, object? Value);

/// <summary>
/// The value of a pickle as a tree. Containers may be shared, so the tree can be exponentially larger than the pickle; its size and depth are
/// known before it is walked.
/// </summary>
internal sealed class TorchTree
{
    private const int MaxDepth = 100;
    private const long MaxLeaves = 1_000_000;
    private const int MaxTensors = 100_000;

    private readonly object? _root;
    private readonly Dictionary<object, (long Leaves, long Tensors, int Height)> _sizes = new(ReferenceEqualityComparer.Instance);

    private TorchTree(object? root) => _root = root;

    /// <exception cref="PickleException">The tree has a cycle, is too deep or too large, or holds an unfinished tensor.</exception>
    public static TorchTree Of(object? root)
    {
        var tree = new TorchTree(root);
        (_, long tensors, _) = tree.Measure(root, 0);
        return tensors <= MaxTensors ? tree : throw new PickleException($"too large: {tensors} tensors with sharing expanded; the limit is {MaxTensors}");
    }

    /// <summary>All tensors and plain values, depth first, with their paths. The path is reused: copy what is kept.</summary>
    public IEnumerable<(List<object> Path, object? Value)> Leaves()
    {
        var path = new List<object>();
        var open = new Stack<IEnumerator<(object Key, object? Value)>>();
        if (!IsContainer(_root))
        {
            yield return (path, _root);
            yield break;
        }

        open.Push(Children(_root!).GetEnumerator());
        while (open.TryPeek(out IEnumerator<(object Key, object? Value)>? items))
        {
            if (!items.MoveNext())
            {
                open.Pop();
                if (path.Count > 0)
                {
                    path.RemoveAt(path.Count - 1);
                }

                continue;
            }

            path.Add(items.Current.Key);
            if (IsContainer(items.Current.Value))
            {
                open.Push(Children(items.Current.Value!).GetEnumerator());
                continue;
            }

            yield return (path, items.Current.Value);
            path.RemoveAt(path.Count - 1);
        }
    }

    private static bool IsContainer(object? value) => value is PickleSequence or PickleDict;

    private static IEnumerable<(object Key, object? Value)> Children(object container) => container is PickleDict dict
        ? dict.Items.Select(item => (item.Key, item.Value))
        : (((PickleSequence)container).Items ?? []).Select((item, i) => ((object)(long)i, item));

    private (long Leaves, long Tensors, int Height) Measure(object? value, int depth)
    {
        switch (value)
        {
            case TorchTensor { Storage: null }:
                throw new PickleException("a tensor was created but never given data");
            case TorchTensor:
                return (1, 1, 0);
            case StorageSlice or PickleGlobal:
                throw new PickleException($"{PickleTypes.Name(value)} stands where a tensor or a plain value is expected");
            case not (PickleSequence or PickleDict):
                return (1, 0, 0);
        }

        if (_sizes.TryGetValue(value, out (long Leaves, long Tensors, int Height) known))
        {
            return known.Height >= 0 ? known : throw new PickleException("a container holds itself: cycles are not read");
        }

        if (depth > MaxDepth)
        {
            throw TooDeep();
        }

        _sizes[value] = (0, 0, -1);
        (long leaves, long tensors, int height) = (0, 0, 0);
        foreach ((_, object? child) in Children(value))
        {
            (long Leaves, long Tensors, int Height) size = Measure(child, depth + 1);
            leaves += Math.Max(size.Leaves, 1);
            tensors += size.Tensors;
            height = Math.Max(height, size.Height + 1);
            if (leaves > MaxLeaves)
            {
                throw new PickleException($"too large: more than {MaxLeaves} leaves with sharing expanded; that is the limit of nodes");
            }
        }

        if (height > MaxDepth)
        {
            throw TooDeep();
        }

        return _sizes[value] = (leaves, tensors, height);
    }

    private static PickleException TooDeep() => new($"containers are nested too deep: the limit is {MaxDepth}");
}
