namespace RawSer.Kernels;

/// <content>Operations of this family without a device kernel: refused by name.</content>
public sealed partial class CudaBackend
{
    /// <inheritdoc/>
    public override void Softmax(View x, View y, int dim, bool log) => throw NoKernel();

    /// <inheritdoc/>
    public override void SoftmaxBackward(View y, View dy, View dx, int dim, bool log) => throw NoKernel();
}
