namespace RawSer.Kernels;

/// <content>Operations of this family without a device kernel: refused by name.</content>
public sealed partial class CudaBackend
{
    /// <inheritdoc/>
    public override void IndexSelect(View x, int dim, View index, View y) => throw NoKernel();

    /// <inheritdoc/>
    public override void IndexAdd(View y, int dim, View index, View x) => throw NoKernel();

    /// <inheritdoc/>
    public override void Gather(View x, int dim, View index, View y) => throw NoKernel();

    /// <inheritdoc/>
    public override void ScatterAdd(View y, int dim, View index, View source) => throw NoKernel();
}
