namespace RawSer.Kernels;

/// <content>Operations of this family without a device kernel: refused by name.</content>
public sealed partial class CudaBackend
{
    /// <inheritdoc/>
    public override void Reduce(ReduceOp op, View x, View y) => throw NoKernel();

    /// <inheritdoc/>
    public override void ArgReduce(ReduceOp op, View x, int dim, View values, View indices) => throw NoKernel();

    /// <inheritdoc/>
    public override void CumulativeSum(View x, View y, int dim, bool reverse = false) => throw NoKernel();
}
