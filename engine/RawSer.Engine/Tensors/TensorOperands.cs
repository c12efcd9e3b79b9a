using RawSer.Kernels;

namespace RawSer;

// What every operation checks about its operands before it looks at their shapes.
public sealed partial class Tensor
{
    /// <summary>Refuses operands that kernels of this device cannot take together.</summary>
    internal static void CheckFloats(string op, params ReadOnlySpan<Tensor?> operands)
    {
        Tensor first = operands[0]!;
        foreach (Tensor? operand in operands)
        {
            if (operand is null)
            {
                continue;
            }

            if (operand.Device != first.Device)
            {
                throw new ArgumentException($"{op}: operands on different devices, {first.Device} {first.Shape} and {operand.Device} {operand.Shape}; move one with To(device)");
            }

            if (!operand.Backend.Computes(operand.DType) || operand.DType != first.DType)
            {
                throw new ArgumentException(
                    $"{op}: operands of {first.DType} {first.Shape} and {operand.DType} {operand.Shape}; {operand.Device} takes operands of one type, " +
                    $"{(operand.Backend.Computes(DType.F64) ? "F32 or F64" : "F32 (F64: the device reference)")}; convert with To(type)");
            }
        }
    }
}
