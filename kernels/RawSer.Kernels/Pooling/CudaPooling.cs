namespace RawSer.Kernels;

/// <content>Operations of this family without a device kernel: refused by name.</content>
public sealed partial class CudaBackend
{
    /// <inheritdoc/>
    public override void MaxPool(View x, PoolWindows windows, View y, View place) => throw NoKernel();

    /// <inheritdoc/>
    public override void MaxPoolBackward(View dy, View place, PoolWindows windows, View dx) => throw NoKernel();

    /// <inheritdoc/>
    public override void MaxPoolIndex(View place, PoolWindows windows, View index) => throw NoKernel();

    /// <inheritdoc/>
    public override void AveragePool(View x, PoolWindows windows, bool countPadding, double divisor, View y) => throw NoKernel();

    /// <inheritdoc/>
    public override void AveragePoolBackward(View dy, PoolWindows windows, bool countPadding, double divisor, View dx) => throw NoKernel();
}
