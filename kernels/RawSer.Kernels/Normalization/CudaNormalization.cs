namespace RawSer.Kernels;

/// <content>Operations of this family without a device kernel: refused by name.</content>
public sealed partial class CudaBackend
{
    /// <inheritdoc/>
    public override void BatchStatistics(View x, int axis, View mean, View variance) => throw NoKernel();

    /// <inheritdoc/>
    public override void BatchNorm(View x, int axis, View mean, View variance, View weight, View bias, double epsilon, View y) => throw NoKernel();

    /// <inheritdoc/>
    public override void BatchNormParameterGradients(View x, View dy, int axis, View mean, View variance, double epsilon, View dweight, View dbias) => throw NoKernel();

    /// <inheritdoc/>
    public override void BatchNormBackward(View x, View dy, int axis, View mean, View variance, View weight, View dweight, View dbias, double epsilon, View dx) => throw NoKernel();

    /// <inheritdoc/>
    public override void LayerNorm(View x, View weight, View bias, double epsilon, View y, View mean, View inverse) => throw NoKernel();

    /// <inheritdoc/>
    public override void LayerNormBackward(View x, View dy, View weight, View mean, View inverse, View dx, View dweight, View dbias) => throw NoKernel();

    /// <inheritdoc/>
    public override void GroupNorm(View x, int groups, View weight, View bias, double epsilon, View y, View mean, View inverse) => throw NoKernel();

    /// <inheritdoc/>
    public override void GroupNormBackward(View x, View dy, int groups, View weight, View mean, View inverse, View dx, View dweight, View dbias) => throw NoKernel();
}
