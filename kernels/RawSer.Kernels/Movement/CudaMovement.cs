namespace RawSer.Kernels;

/// <content>Operations of this family without a device kernel: refused by name.</content>
public sealed partial class CudaBackend
{
    /// <inheritdoc/>
    public override void Copy(View x, View y) => throw NoKernel();

    /// <inheritdoc/>
    public override void Fill(View y, double value) => throw NoKernel();
}
