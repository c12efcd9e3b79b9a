namespace RawSer.Testing.OpCases;

/// <summary>
/// One operation with its inputs, declared once and used four times: results and gradients of a device against the reference backend
/// (<see cref="OpCheck.Device"/>), the gradient against central differences in F64 (<see cref="OpCheck.Gradient"/>), throughput and the
/// table of what a device supports (<see cref="OpReport"/>). A family adds a file with its cases and a line in <see cref="OpCatalog"/>.
/// </summary>
/// <param name="Name">Name, unique in the catalog; the part before a blank is the operation.</param>
/// <param name="Apply">The operation. Fixed arguments stand in the lambda.</param>
/// <param name="Inputs">Its tensors.</param>
public sealed record OpCase(string Name, Func<Tensor[], Tensor> Apply, params OpInput[] Inputs)
{
    /// <summary>
    /// Allowed difference of an F32 result from the F64 one, in roundings (2^-24) of the value and of the largest value of the tensor.
    /// 16 do for a few arithmetic operations or one elementary function per element; sums and products of many terms need more.
    /// </summary>
    public int Roundings { get; init; } = 16;

    /// <summary>False for operations without a gradient (comparisons, arguments of extremes).</summary>
    public bool Differentiable { get; init; } = true;

    /// <summary>Inputs for the throughput, large enough to measure; empty if it is of no interest.</summary>
    public OpInput[] Timed { get; init; } = [];

    /// <inheritdoc/>
    public override string ToString() => Name;
}
