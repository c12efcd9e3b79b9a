namespace RawSer.Kernels;

public sealed unsafe partial class CpuBackend
{
    /// <inheritdoc/>
    public override void Reduce(ReduceOp op, View x, View y)
    {
        Fill(y, 0);
        float* px = x.Pointer<float>(), py = y.Pointer<float>();
        StridedLoop loop = new(x.Layout, y.Layout.BroadcastTo(x.Shape));
        long strideX = loop.RowStride(0), strideY = loop.RowStride(1);
        for (long row = 0; row < loop.RowCount; row++)
        {
            float* rowX = px + loop.RowOffset(0, row), rowY = py + loop.RowOffset(1, row);
            for (long i = 0; i < loop.RowLength; i++)
            {
                rowY[i * strideY] += rowX[i * strideX];
            }
        }
    }
}
