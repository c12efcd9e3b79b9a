using System.Numerics;

namespace RawSer.Weights.Torch;

/// <summary>A problem in a pickle, without its place, which <see cref="Unpickler"/> adds.</summary>
internal sealed class PickleException(string problem) : Exception(problem);

/// <summary>Bounds what a pickle may make a reader allocate, whatever the pickle claims.</summary>
internal sealed class PickleBudget
{
    private const long Limit = 40 << 20;

    private long _spent;

    /// <summary>Accounts for an allocation of about that many bytes, before it is made.</summary>
    /// <exception cref="PickleException">The limit is reached.</exception>
    public void Spend(long bytes)
    {
        _spent += bytes;
        if (_spent > Limit)
        {
            throw new PickleException($"too large: the values exceed the limit of {Limit >> 20} MB beside the tensors' data");
        }
    }
}

/// <summary>A Python list, or with <see cref="IsTuple"/> a tuple.</summary>
internal sealed class PickleSequence(bool isTuple, List<object?>? items = null)
{
    public static readonly PickleSequence EmptyTuple = new(isTuple: true);

    public bool IsTuple => isTuple;

    public int Count => Items?.Count ?? 0;

    public object? this[int index] => Items![index];

    public List<object?>? Items { get; private set; } = items;

    public void Add(object? item) => (Items ??= []).Add(item);
}

/// <summary>A Python dict; keys are strings and integers.</summary>
internal sealed class PickleDict(bool isOrdered)
{
    private HashSet<object>? _keys;

    /// <summary>Whether it is a collections.OrderedDict.</summary>
    public bool IsOrdered => isOrdered;

    public List<KeyValuePair<object, object?>> Items { get; } = [];

    public void Add(object? key, object? value)
    {
        if (key is not (string or long or BigInteger))
        {
            throw new PickleException($"a dict key must be hashable and a string or an integer, found {PickleTypes.Name(key)}");
        }

        if (!(_keys ??= []).Add(key))
        {
            throw new PickleException($"duplicate key '{WeightFileException.Printable(PickleTypes.Text(key))}'");
        }

        Items.Add(new(key, value));
    }

    public bool TryGet(string key, out object? value)
    {
        value = Items.Find(item => item.Key is string name && name == key).Value;
        return _keys?.Contains(key) ?? false;
    }
}

/// <summary>A name of the allow-list. Nothing is looked up or called: a name is only this value.</summary>
/// <param name="Name">Full name, for example <c>torch.FloatStorage</c>.</param>
/// <param name="Kind">What may be done with it.</param>
/// <param name="Type">Element type, of storage and tensor types.</param>
internal sealed record PickleGlobal(string Name, GlobalKind Kind, WeightType Type = default);

/// <summary>What an allowed name stands for.</summary>
internal enum GlobalKind
{
    OrderedDict,
    RebuildTensor,
    RebuildTensorV2,
    RebuildParameter,
    RebuildParameterWithState,
    RebuildFromType,
    Parameter,
    TensorClass,
    StorageType,
}

/// <summary>How values are called in messages.</summary>
internal static class PickleTypes
{
    public static string Name(object? value) => value switch
    {
        null => "None",
        bool => "a bool",
        long or BigInteger => "an integer",
        double => "a float",
        string => "a string",
        PickleSequence { IsTuple: true } => "a tuple",
        PickleSequence => "a list",
        PickleDict => "a dict",
        PickleGlobal global => global.Name,
        StorageSlice => "a storage",
        TorchTensor => "a tensor",
        _ => "a mark of the stack",
    };

    public static string Text(object? value) =>
        value is IFormattable number ? number.ToString(null, System.Globalization.CultureInfo.InvariantCulture) : value as string ?? Name(value);
}
