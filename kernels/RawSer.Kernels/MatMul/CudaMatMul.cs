namespace RawSer.Kernels;

/// <content>Operations of this family without a device kernel: refused by name.</content>
public sealed partial class CudaBackend
{
    /// <inheritdoc/>
    public override void MatMul(View a, View b, View y, bool accumulate = false) => throw NoKernel();
}
