namespace RawSer.Kernels;

/// <content>Operations of this family without a device kernel: refused by name.</content>
public sealed partial class CudaBackend
{
    /// <inheritdoc/>
    public override void Attention(View q, View k, View v, View mask, View keep, AttentionSettings settings, View y, View weights) => throw NoKernel();

    /// <inheritdoc/>
    public override void AttentionBackward(View q, View k, View v, View weights, View keep, AttentionSettings settings, View dy, View dq, View dk, View dv, View dmask) => throw NoKernel();
}
