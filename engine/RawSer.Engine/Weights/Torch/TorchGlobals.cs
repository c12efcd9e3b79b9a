namespace RawSer.Weights.Torch;

/// <summary>
/// The only names that a checkpoint may mention. Each is a plain value here, and what "calling" it means is written out in
/// <see cref="TorchCalls"/>; no name leads to code outside these files. A name that is not listed is refused where it stands, even if the
/// pickle would never use it.
/// </summary>
internal static class TorchGlobals
{
    private static readonly Dictionary<string, PickleGlobal> Allowed = Create();

    /// <summary>The value of a name.</summary>
    /// <exception cref="PickleException">The name is not allowed.</exception>
    public static PickleGlobal Find(string module, string name)
    {
        string full = $"{module}.{name}";
        return module.Length > 0 && name.Length > 0 && !name.Contains('.') && Allowed.TryGetValue(full, out PickleGlobal? global)
            ? global
            : throw new PickleException($"global '{WeightFileException.Printable(full)}' is not allowed in a weight file{Advice(module, full)}");
    }

    private static Dictionary<string, PickleGlobal> Create()
    {
        var allowed = new Dictionary<string, PickleGlobal>(StringComparer.Ordinal);
        Add("collections.OrderedDict", GlobalKind.OrderedDict);
        Add("torch._utils._rebuild_tensor", GlobalKind.RebuildTensor);
        Add("torch._utils._rebuild_tensor_v2", GlobalKind.RebuildTensorV2);
        Add("torch._utils._rebuild_parameter", GlobalKind.RebuildParameter);
        Add("torch._utils._rebuild_parameter_with_state", GlobalKind.RebuildParameterWithState);
        Add("torch._tensor._rebuild_from_type_v2", GlobalKind.RebuildFromType);
        Add("torch.nn.parameter.Parameter", GlobalKind.Parameter);
        Add("torch.Tensor", GlobalKind.TensorClass, WeightType.F32);
        (string Name, WeightType Type)[] types =
        [
            ("Float", WeightType.F32), ("Half", WeightType.F16), ("BFloat16", WeightType.BF16), ("Double", WeightType.F64), ("Long", WeightType.I64),
            ("Int", WeightType.I32), ("Short", WeightType.I16), ("Char", WeightType.I8), ("Byte", WeightType.U8), ("Bool", WeightType.Bool),
        ];
        foreach ((string name, WeightType type) in types)
        {
            Add($"torch.{name}Storage", GlobalKind.StorageType, type);
            Add($"torch.{name}Tensor", GlobalKind.TensorClass, type);
        }

        return allowed;

        void Add(string name, GlobalKind kind, WeightType type = default) => allowed.Add(name, new PickleGlobal(name, kind, type));
    }

    private static string Advice(string module, string full) =>
        full == "argparse.Namespace" ? "; it is a fairseq checkpoint: in PyTorch, save its ['model'] alone"
        : module.StartsWith("torch.nn.", StringComparison.Ordinal) ? "; a whole module was saved: save its state_dict() instead"
        : module.StartsWith("numpy", StringComparison.Ordinal) ? "; convert NumPy values to tensors or plain numbers before saving"
        : full.EndsWith("Storage", StringComparison.Ordinal) || full.Contains("_rebuild_", StringComparison.Ordinal) ? "; this dtype or kind of tensor is not supported"
        : "; it may hold tensors and plain values only";
}
