namespace RawSer.Weights.Torch;

/// <summary>
/// What REDUCE, NEWOBJ and BUILD mean for the names of <see cref="TorchGlobals"/>: each builds a description of data. Sources of the
/// argument lists: torch/_utils.py and torch/_tensor.py.
/// </summary>
internal static class TorchCalls
{
    private const int DictCost = 120;
    private const int PairCost = 96;
    private const int TensorCost = 320;

    /// <summary>REDUCE: the "call" <c>callable(*arguments)</c>.</summary>
    public static object? Reduce(object? callable, object? arguments, PickleBudget budget)
    {
        if (arguments is not PickleSequence { IsTuple: true } tuple)
        {
            throw new PickleException($"REDUCE needs a tuple of arguments, found {PickleTypes.Name(arguments)}");
        }

        return callable is PickleGlobal global ? Call(global, tuple, budget) : throw NotCallable(callable);
    }

    /// <summary>NEWOBJ: an empty object of a class, to be filled by BUILD.</summary>
    public static object New(object? type, object? arguments, PickleBudget budget)
    {
        if (arguments is not PickleSequence { IsTuple: true, Count: 0 })
        {
            throw new PickleException("NEWOBJ is understood without arguments only; the state follows with BUILD");
        }

        budget.Spend(TensorCost);
        return type switch
        {
            PickleGlobal { Kind: GlobalKind.OrderedDict } => new PickleDict(isOrdered: true),
            PickleGlobal { Kind: GlobalKind.Parameter } => new TorchTensor(isParameter: true, null),
            PickleGlobal { Kind: GlobalKind.TensorClass } tensor => new TorchTensor(isParameter: false, tensor.Type),
            _ => throw new PickleException($"NEWOBJ: {PickleTypes.Name(type)} is no class that can be built"),
        };
    }

    /// <summary>BUILD: gives an object its state.</summary>
    public static void Build(object? target, object? state)
    {
        switch (target)
        {
            case PickleDict { IsOrdered: true }:
                // state_dict() hangs its _metadata on the dict; nothing in it is needed.
                _ = state is PickleDict ? state : throw new PickleException($"BUILD: the state of an OrderedDict must be a dict, found {PickleTypes.Name(state)}");
                break;
            case TorchTensor { Storage: null } tensor:
                tensor.FillFrom(State(tensor, state));
                break;
            case TorchTensor { IsParameter: true }:
                // PyTorch 0.1 to 0.3: (requires_grad, volatile, hooks) after a REDUCE.
                _ = state is PickleSequence { IsTuple: true, Count: 3 } ? state : throw new PickleException("BUILD: the state of a parameter must be a tuple of 3");
                break;
            default:
                throw new PickleException($"BUILD: {PickleTypes.Name(target)} takes no state");
        }
    }

    private static object? Call(PickleGlobal global, PickleSequence arguments, PickleBudget budget)
    {
        string function = global.Name[(global.Name.LastIndexOf('.') + 1)..];
        switch (global.Kind)
        {
            case GlobalKind.OrderedDict:
                return OrderedDict(arguments, budget);
            case GlobalKind.RebuildTensor:
                CheckCount(function, arguments, 4, 4);
                return Tensor(function, arguments, budget);
            case GlobalKind.RebuildTensorV2:
                CheckCount(function, arguments, 6, 7);
                CheckHooks(function, arguments[5]);
                return Tensor(function, arguments, budget);
            case GlobalKind.RebuildParameter:
                CheckCount(function, arguments, 3, 3);
                CheckHooks(function, arguments[2]);
                return Parameter(function, arguments[0], budget);
            case GlobalKind.RebuildParameterWithState:
                CheckCount(function, arguments, 4, 4);
                CheckHooks(function, arguments[2]);
                return Parameter(function, arguments[0], budget);
            case GlobalKind.Parameter:
                // PyTorch 0.1 to 0.3 rebuilt a parameter by its class.
                CheckCount(function, arguments, 1, 2);
                return Parameter(function, arguments[0], budget);
            case GlobalKind.RebuildFromType:
                CheckCount(function, arguments, 4, 4);
                return FromType(function, arguments, budget);
            default:
                throw NotCallable(global);
        }
    }

    private static PickleDict OrderedDict(PickleSequence arguments, PickleBudget budget)
    {
        budget.Spend(DictCost);
        var dict = new PickleDict(isOrdered: true);
        if (arguments.Count == 0)
        {
            return dict;
        }

        // Python 2 passed the items as a list of [key, value] lists.
        if (arguments.Count != 1 || arguments[0] is not PickleSequence pairs)
        {
            throw new PickleException("OrderedDict: the argument must be one list of pairs");
        }

        for (int i = 0; i < pairs.Count; i++)
        {
            if (pairs[i] is not PickleSequence { Count: 2 } pair)
            {
                throw new PickleException($"OrderedDict: item {i} of the argument must be a pair, found {PickleTypes.Name(pairs[i])}");
            }

            budget.Spend(PairCost);
            dict.Add(pair[0], pair[1]);
        }

        return dict;
    }

    private static TorchTensor Tensor(string function, PickleSequence arguments, PickleBudget budget)
    {
        budget.Spend(TensorCost);
        return TorchTensor.Create(function, arguments[0], arguments[1], arguments[2], arguments[3]);
    }

    private static TorchTensor Parameter(string function, object? data, PickleBudget budget)
    {
        budget.Spend(TensorCost);
        return data is TorchTensor tensor
            ? tensor.AsParameter(function)
            : throw new PickleException($"{function}: argument data must be a tensor, found {PickleTypes.Name(data)}");
    }

    /// <summary>(function, type, arguments, state): a tensor that carries attributes, which are left out.</summary>
    private static object? FromType(string function, PickleSequence arguments, PickleBudget budget)
    {
        if (arguments[0] is not PickleGlobal { Kind: GlobalKind.RebuildTensor or GlobalKind.RebuildTensorV2 } inner)
        {
            throw new PickleException($"{function}: the first argument must be _rebuild_tensor_v2, found {PickleTypes.Name(arguments[0])}");
        }

        if (arguments[1] is not PickleGlobal { Kind: GlobalKind.TensorClass or GlobalKind.Parameter } || arguments[2] is not PickleSequence { IsTuple: true } own)
        {
            throw new PickleException($"{function}: the arguments must be a function, a tensor class, a tuple and a state");
        }

        return Call(inner, own, budget);
    }

    private static TorchTensor State(TorchTensor target, object? state)
    {
        if (state is PickleSequence { IsTuple: true } tuple)
        {
            // A parameter: (data, gradient, hooks, requires_grad, volatile); a plain tensor: (storage, offset, size, stride).
            if (target.IsParameter && tuple.Count == 5 && tuple[0] is TorchTensor data)
            {
                return data;
            }

            if (!target.IsParameter && tuple.Count == 4)
            {
                return TorchTensor.Create("BUILD", tuple[0], tuple[1], tuple[2], tuple[3]);
            }
        }

        throw new PickleException($"BUILD: the state of a {(target.IsParameter ? "parameter" : "tensor")} has another form");
    }

    private static void CheckCount(string function, PickleSequence arguments, int least, int most)
    {
        if (arguments.Count < least || arguments.Count > most)
        {
            throw new PickleException($"{function} needs {least}{(most > least ? $" to {most}" : "")} arguments, found {arguments.Count}");
        }
    }

    private static void CheckHooks(string function, object? hooks)
    {
        if (hooks is not (null or PickleDict { Items.Count: 0 }))
        {
            throw new PickleException($"{function}: argument backward_hooks must be an empty OrderedDict, found {PickleTypes.Name(hooks)}");
        }
    }

    private static PickleException NotCallable(object? value) => new($"REDUCE: {PickleTypes.Name(value)} cannot be called");
}
