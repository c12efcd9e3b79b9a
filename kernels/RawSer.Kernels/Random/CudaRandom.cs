namespace RawSer.Kernels;

/// <content>Operations of this family without a device kernel: refused by name.</content>
public sealed partial class CudaBackend
{
    /// <inheritdoc/>
    public override void RandomUniform(View y, RandomSource source, double low, double high) => throw NoKernel();

    /// <inheritdoc/>
    public override void RandomNormal(View y, RandomSource source, double mean, double deviation) => throw NoKernel();

    /// <inheritdoc/>
    public override void Dropout(View x, View y, View mask, RandomSource source, double p) => throw NoKernel();

    /// <inheritdoc/>
    public override void DropoutMask(View mask, RandomSource source, double p) => throw NoKernel();

    /// <inheritdoc/>
    public override void MaskScale(View x, View mask, View y, double scale) => throw NoKernel();
}
