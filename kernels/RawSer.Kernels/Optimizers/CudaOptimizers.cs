namespace RawSer.Kernels;

/// <content>Operations of this family without a device kernel: refused by name.</content>
public sealed partial class CudaBackend
{
    /// <inheritdoc/>
    public override void SgdStep(SgdStep step, ReadOnlySpan<View> parameters, ReadOnlySpan<View> gradients, ReadOnlySpan<View> velocities) => throw NoKernel();

    /// <inheritdoc/>
    public override void AdamStep(AdamStep step, ReadOnlySpan<View> parameters, ReadOnlySpan<View> gradients, ReadOnlySpan<View> means, ReadOnlySpan<View> squares, ReadOnlySpan<View> largestSquares) => throw NoKernel();

    /// <inheritdoc/>
    public override void RmsPropStep(RmsPropStep step, ReadOnlySpan<View> parameters, ReadOnlySpan<View> gradients, ReadOnlySpan<View> squares, ReadOnlySpan<View> momenta, ReadOnlySpan<View> means) => throw NoKernel();

    /// <inheritdoc/>
    public override void AdagradStep(AdagradStep step, ReadOnlySpan<View> parameters, ReadOnlySpan<View> gradients, ReadOnlySpan<View> squares) => throw NoKernel();

    /// <inheritdoc/>
    public override void Norm(ReadOnlySpan<View> tensors, double order, View norm) => throw NoKernel();

    /// <inheritdoc/>
    public override void ScaleToNorm(ReadOnlySpan<View> tensors, View norm, double maximum, double epsilon) => throw NoKernel();
}
