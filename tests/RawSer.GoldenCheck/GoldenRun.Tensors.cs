using RawSer.Kernels;

namespace RawSer.GoldenCheck;

/// <summary>Golden values as tensors on the run's device and back. The tensors belong to the scope of the run.</summary>
public sealed partial class GoldenRun
{
    private readonly List<(string Role, Tensor Tensor)> _leaves = [];

    /// <summary>Values as a tensor on the device, in their own element type.</summary>
    public Tensor ToDevice(GoldenTensor values) => values.Type switch
    {
        DType.F32 => Tensor.From(values.Floats, values.Shape, Device),
        DType.F64 => Tensor.From(values.Doubles, values.Shape, Device),
        DType.I64 => Tensor.From(values.Longs, values.Shape, Device),
        DType.I32 => Tensor.From(values.Ints, values.Shape, Device),
        DType.Bool => Tensor.From(values.Bools, values.Shape, Device),
        DType type => Tensor.From(values.Floats, values.Shape, Device).To(type),
    };

    /// <summary>
    /// An input as a tensor. It requires a gradient if the case expects one (an output named <c>d</c> + role), which
    /// <see cref="Results"/> then compares.
    /// </summary>
    public Tensor Input(string role)
    {
        Tensor tensor = ToDevice(Case.Input(role));
        if (Case.HasOutput($"d{role}"))
        {
            tensor.RequiresGrad = true;
            _leaves.Add((role, tensor));
        }

        return tensor;
    }

    /// <summary>An input as a tensor, or null if the case has none of this role (bias, mask, weight).</summary>
    public Tensor? InputOrNull(string role) => Case.HasInput(role) ? Input(role) : null;

    /// <summary>Compares a tensor with the expected output of that role.</summary>
    public void Output(string role, Tensor got) => Output(role, ToHost(got));

    /// <summary>
    /// Compares the result <c>y</c>, runs backward from it with the upstream gradient <c>dy</c> (if the case gives one), and compares the
    /// gradients of all inputs that were taken with <see cref="Input"/>. This is the whole rest of a handler for an op with one result.
    /// </summary>
    public void Result(Tensor y) => Results(("y", y));

    /// <summary>The same for several results, or for results of other roles. A result is only compared if there is no upstream gradient for it.</summary>
    public void Results(params ReadOnlySpan<(string Role, Tensor Tensor)> results)
    {
        foreach ((string role, Tensor tensor) in results)
        {
            Output(role, tensor);
        }

        foreach ((string role, Tensor tensor) in results)
        {
            Case.Disregard($"d{role}"); // where no gradient is expected
            if (Case.HasInput($"d{role}") && tensor.RequiresGrad)
            {
                tensor.Backward(ToDevice(Case.Input($"d{role}")), retainGraph: true);
            }
        }

        foreach ((string role, Tensor tensor) in _leaves)
        {
            Output($"d{role}", tensor.Grad ?? Tensor.Zeros(tensor.Shape, tensor.DType, tensor.Device));
        }
    }

    /// <summary>A tensor's values on the host.</summary>
    public static GoldenTensor ToHost(Tensor tensor) => tensor.DType switch
    {
        DType.F32 => GoldenTensor.Of(tensor.ToArray<float>(), tensor.Shape),
        DType.F64 => GoldenTensor.Of(tensor.ToArray<double>(), tensor.Shape),
        DType.I64 => GoldenTensor.Of(tensor.ToArray<long>(), tensor.Shape),
        DType.I32 => GoldenTensor.Of(tensor.ToArray<int>(), tensor.Shape),
        DType.U8 => GoldenTensor.Of(tensor.ToArray<byte>(), tensor.Shape),
        DType.Bool => GoldenTensor.Of(tensor.ToArray<bool>(), tensor.Shape),
        _ => GoldenTensor.Of(tensor.To(DType.F32).ToArray<float>(), tensor.Shape),
    };
}
