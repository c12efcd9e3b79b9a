namespace RawSer.Kernels;

/// <content>Operations of this family without a device kernel: refused by name.</content>
public sealed partial class CudaBackend
{
    /// <inheritdoc/>
    public override void Unary(UnaryOp op, View x, View y, double alpha = 0, double beta = 0) => throw NoKernel();

    /// <inheritdoc/>
    public override void UnaryBackward(UnaryOp op, View saved, View dy, View dx, double alpha = 0, double beta = 0) => throw NoKernel();

    /// <inheritdoc/>
    public override void Binary(BinaryOp op, View a, View b, View y) => throw NoKernel();

    /// <inheritdoc/>
    public override void BinaryBackward(BinaryOp op, bool ofFirst, View a, View b, View dy, View dx) => throw NoKernel();

    /// <inheritdoc/>
    public override void Compare(Comparison relation, View a, View b, View y) => throw NoKernel();

    /// <inheritdoc/>
    public override void Where(View condition, View a, View b, View y) => throw NoKernel();

    /// <inheritdoc/>
    public override void MaskedFill(View x, View mask, double value, View y) => throw NoKernel();
}
