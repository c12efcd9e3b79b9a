namespace RawSer.Weights.Torch;

/// <summary>The stack of a pickle machine: values and marks, below which an opcode for several values does not reach.</summary>
internal sealed class PickleStack(PickleBudget budget)
{
    private static readonly object MarkValue = new();

    private object?[] _values = new object?[64];

    /// <summary>Values and marks.</summary>
    public int Count { get; private set; }

    /// <summary>A value by its place from the bottom; null stands for None.</summary>
    public object? this[int index] => ReferenceEquals(_values[index], MarkValue) ? throw MarkInTheWay() : _values[index];

    /// <summary>The only value.</summary>
    /// <exception cref="PickleException">There is none, more than one, or an open mark.</exception>
    public object? Single() => Count == 1 && !ReferenceEquals(_values[0], MarkValue)
        ? _values[0]
        : throw new PickleException(Count == 0 ? "the stack is empty at STOP" : $"{Count} values or an open MARK are left on the stack at STOP, where one value is expected");

    /// <exception cref="PickleException">There is none, or a mark.</exception>
    public object? Top() => Count > 0 ? this[Count - 1] : throw Underflow();

    /// <inheritdoc cref="Top"/>
    public object? Pop()
    {
        object? value = Top();
        _values[--Count] = null;
        return value;
    }

    public void Push(object? value)
    {
        if (Count == _values.Length)
        {
            budget.Spend(16L * _values.Length);
            Array.Resize(ref _values, 2 * _values.Length);
        }

        _values[Count++] = value;
    }

    public void PushMark() => Push(MarkValue);

    /// <summary>Removes what is above the lowest <paramref name="count"/>.</summary>
    public void DropTo(int count)
    {
        Array.Clear(_values, count, Count - count);
        Count = count;
    }

    /// <summary>Place of the first value above the topmost mark.</summary>
    /// <exception cref="PickleException">There is no mark.</exception>
    public int AfterMark()
    {
        int index = Array.LastIndexOf(_values, MarkValue, Math.Max(Count - 1, 0), Count);
        return index >= 0 ? index + 1 : throw new PickleException("no MARK on the stack");
    }

    /// <summary>The value below the mark in front of <paramref name="first"/>.</summary>
    /// <exception cref="PickleException">There is none.</exception>
    public object? BelowMark(int first) => first >= 2 && !ReferenceEquals(_values[first - 2], MarkValue) ? _values[first - 2] : throw Underflow();

    /// <summary>The topmost <paramref name="count"/> values in their order; they stay.</summary>
    /// <exception cref="PickleException">There are fewer, or a mark is among them.</exception>
    public List<object?> Last(int count)
    {
        if (count > Count)
        {
            throw Underflow();
        }

        var items = new List<object?>(count);
        for (int i = Count - count; i < Count; i++)
        {
            items.Add(this[i]);
        }

        return items;
    }

    private static PickleException Underflow() => new("stack underflow: the stack is empty");

    private static PickleException MarkInTheWay() => new("a MARK of the stack stands where a value is needed");
}
