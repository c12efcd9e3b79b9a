namespace RawSer.Kernels;

/// <content>Operations of this family without a device kernel: refused by name.</content>
public sealed partial class CudaBackend
{
    /// <inheritdoc/>
    public override void Convolution(View x, View w, View y, ConvGeometry geometry) => throw NoKernel();

    /// <inheritdoc/>
    public override void ConvolutionBackwardData(View dy, View w, View dx, ConvGeometry geometry) => throw NoKernel();

    /// <inheritdoc/>
    public override void ConvolutionBackwardWeight(View x, View dy, View dw, View db, ConvGeometry geometry) => throw NoKernel();
}
