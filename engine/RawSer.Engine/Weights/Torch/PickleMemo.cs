namespace RawSer.Weights.Torch;

/// <summary>The numbered values of a pickle that later parts of it refer to. Numbers without values in between cost no memory.</summary>
internal sealed class PickleMemo(PickleBudget budget)
{
    private const int Dense = 1 << 20;
    private const int SparseCost = 96;

    /// <summary>What a slot holds for None; an unset slot holds null.</summary>
    private static readonly object None = new();

    private readonly Dictionary<uint, object?> _sparse = [];
    private object?[] _dense = [];

    public void Set(uint index, object? value)
    {
        if (index >= Dense)
        {
            budget.Spend(SparseCost);
            _sparse[index] = value;
            return;
        }

        if (index >= _dense.Length)
        {
            int size = Math.Max((int)index + 1, Math.Min(Dense, 2 * _dense.Length));
            budget.Spend(8L * size);
            Array.Resize(ref _dense, size);
        }

        _dense[index] = value ?? None;
    }

    /// <exception cref="PickleException">The slot was never set.</exception>
    public object? Get(uint index)
    {
        object? value = index < _dense.Length ? _dense[index] : null;
        if (value is null && !(index >= Dense && _sparse.TryGetValue(index, out value)))
        {
            throw new PickleException($"memo slot {index} was never set");
        }

        return ReferenceEquals(value, None) ? null : value;
    }
}
