namespace RawSer.Kernels;

/// <content>Operations of this family without a device kernel: refused by name.</content>
public sealed partial class CudaBackend
{
    /// <inheritdoc/>
    public override void ResizeBilinear(View x, View y, bool alignCorners) => throw NoKernel();

    /// <inheritdoc/>
    public override void ResizeBilinearBackward(View dy, View dx, bool alignCorners) => throw NoKernel();
}
