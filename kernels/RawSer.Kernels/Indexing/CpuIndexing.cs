namespace RawSer.Kernels;

public sealed unsafe partial class CpuBackend
{
    /// <inheritdoc/>
    public override void IndexSelect(View x, int dim, View index, View y)
    {
        long inner = IndexedRows.InnerCount(x.Shape, dim), extent = x.Shape[dim];
        long rows = inner == 0 ? 0 : y.Count / inner;
        if (rows > 0)
        {
            long rowsPerPart = Math.Max(1, WorkerPool.Grain / inner);
            int size = x.DType.Size();
            byte* from = (byte*)x.Storage.Address + (x.Layout.Offset * size), to = (byte*)y.Storage.Address + (y.Layout.Offset * size);
            WorkerPool.Shared.Run(
                checked((int)((rows + rowsPerPart - 1) / rowsPerPart)),
                new SelectBody(from, to, index.Pointer<long>(), index.Count, extent, inner * size, rows, rowsPerPart));
        }
    }

    /// <inheritdoc/>
    public override void IndexAdd(View y, int dim, View index, View x)
    {
        if (x.Count > 0)
        {
            AddRowsBody body = new(x.Pointer<float>(), y.Pointer<float>(), index.Pointer<long>(), index.Count, y.Shape[dim], IndexedRows.InnerCount(y.Shape, dim));
            WorkerPool.Shared.Run(checked((int)(x.Count / (index.Count * body.Inner) * body.Strips)), body);
        }
    }

    /// <inheritdoc/>
    public override void Gather(View x, int dim, View index, View y) =>
        RunLines(index, dim, new GatherBody(x.Pointer<float>(), y.Pointer<float>(), index.Pointer<long>(), IndexedWalk(x, dim, index), new LineWalk(y.Layout, dim)));

    /// <inheritdoc/>
    public override void ScatterAdd(View y, int dim, View index, View source) =>
        RunLines(index, dim, new ScatterBody(y.Pointer<float>(), source.Pointer<float>(), index.Pointer<long>(), IndexedWalk(y, dim, index), new LineWalk(source.Layout, dim)));

    /// <summary>The lines of x that belong to the lines of an index, which may be smaller in the other dimensions.</summary>
    private static LineWalk IndexedWalk(View x, int dim, View index) =>
        new(new Layout(index.Shape.With(dim, x.Shape[dim]), x.Strides, x.Layout.Offset), dim);

    private readonly struct SelectBody(byte* x, byte* y, long* index, long count, long extent, long rowBytes, long rows, long rowsPerPart) : IParallelBody
    {
        public void Invoke(int part)
        {
            long end = Math.Min((part + 1) * rowsPerPart, rows);
            for (long row = part * rowsPerPart; row < end; row++)
            {
                long outer = row / count;
                long at = IndexRange.Check("index_select", index[row - (outer * count)], extent);
                Buffer.MemoryCopy(x + (((outer * extent) + at) * rowBytes), y + (row * rowBytes), rowBytes, rowBytes);
            }
        }
    }

    /// <summary>Strips of columns in parallel, indices in order: no two parts write one element.</summary>
    private readonly struct AddRowsBody(float* x, float* y, long* index, long count, long extent, long inner) : IParallelBody
    {
        private const long Strip = 256;

        public long Inner => inner;

        public long Strips => (inner + Strip - 1) / Strip;

        public void Invoke(int part)
        {
            long outer = part / Strips, start = part % Strips * Strip, width = Math.Min(Strip, inner - start);
            for (long i = 0; i < count; i++)
            {
                long at = IndexRange.Check("index_add", index[i], extent);
                float* to = y + (((outer * extent) + at) * inner) + start;
                MapLoop.Run(default(BinaryMap<AddOperator>), to, x + (((outer * count) + i) * inner) + start, null, to, width);
            }
        }
    }

    private readonly struct GatherBody(float* x, float* y, long* index, LineWalk walkX, LineWalk walkY) : ILineBody
    {
        private readonly LineWalk _walkX = walkX;
        private readonly LineWalk _walkY = walkY;

        public void Invoke(in LineWalk walk, long line)
        {
            long* at = index + walk.Offset(line);
            float* from = x + _walkX.Offset(line), to = y + _walkY.Offset(line);
            for (long i = 0; i < walk.Extent; i++)
            {
                to[i * _walkY.Stride] = from[IndexRange.Check("gather", at[i * walk.Stride], _walkX.Extent) * _walkX.Stride];
            }
        }
    }

    private readonly struct ScatterBody(float* y, float* source, long* index, LineWalk walkY, LineWalk walkSource) : ILineBody
    {
        private readonly LineWalk _walkY = walkY;
        private readonly LineWalk _walkSource = walkSource;

        public void Invoke(in LineWalk walk, long line)
        {
            long* at = index + walk.Offset(line);
            float* to = y + _walkY.Offset(line), from = source + _walkSource.Offset(line);
            for (long i = 0; i < walk.Extent; i++)
            {
                to[IndexRange.Check("scatter_add", at[i * walk.Stride], _walkY.Extent) * _walkY.Stride] += from[i * _walkSource.Stride];
            }
        }
    }
}
