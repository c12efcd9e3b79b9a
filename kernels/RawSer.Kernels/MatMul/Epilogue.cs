using System.Runtime.Intrinsics;

namespace RawSer.Kernels;

/// <summary>
/// What follows a matrix product or convolution while its results are still in the cache: <c>c = activation(c + bias)</c>.
/// Bias (i, j) is at <c>bias[i * rowStride + j * columnStride]</c>; strides of 0 make it a bias per row or column.
/// </summary>
internal readonly unsafe struct Epilogue(Matrix bias, UnaryOp? activation)
{
    /// <summary>Activations that can be fused; others are applied afterwards.</summary>
    public static bool Fuses(UnaryOp? activation) => activation is null or UnaryOp.Relu;

    /// <summary>For the transposed product.</summary>
    public Epilogue Transposed => new(bias.Transposed, activation);

    /// <summary>For the results from an element on.</summary>
    public Epilogue At(nint row, nint column) => bias.Data is null ? this : new(bias.At(row, column), activation);

    /// <summary>For the results of another product of the batch.</summary>
    public Epilogue At(nint offset) => bias.Data is null ? this : new(new Matrix(bias.Data + offset, bias.RowStride, bias.ColumnStride), activation);

    /// <summary>Whether products whose biases are <paramref name="distance"/> apart have the bias of one product with all their rows.</summary>
    public bool RowsFold(int rows, long distance) => bias.Data is null || distance == rows * bias.RowStride;

    /// <summary>Applies it to rows x columns results; (0, 0) of c and of the bias belong together.</summary>
    public void Apply(Matrix c, int rows, int columns)
    {
        if (activation is UnaryOp.Relu)
        {
            Apply(default(ReluOperator), c, rows, columns);
        }
        else if (bias.Data is not null)
        {
            Apply(default(IdentityOperator), c, rows, columns);
        }
    }

    private void Apply<TOp>(TOp op, Matrix c, int rows, int columns) where TOp : struct, IUnaryOperator
    {
        float zero = 0;
        Matrix added = bias.Data is null ? new Matrix(&zero, 0, 0) : bias;
        for (int i = 0; i < rows; i++)
        {
            float* to = c.Data + (i * c.RowStride), from = added.Data + (i * added.RowStride);
            if (c.ColumnStride == 1 && added.ColumnStride is 0 or 1)
            {
                DenseRow(op, to, from, added.ColumnStride, columns);
            }
            else
            {
                for (int j = 0; j < columns; j++)
                {
                    to[j * c.ColumnStride] = op.Invoke(to[j * c.ColumnStride] + from[j * added.ColumnStride]);
                }
            }
        }
    }

    private static void DenseRow<TOp>(TOp op, float* to, float* from, nint step, int columns) where TOp : struct, IUnaryOperator
    {
        int j = 0;
        if (Vector512.IsHardwareAccelerated)
        {
            Vector512<float> whole = Vector512.Create(*from);
            for (; j <= columns - Vector512<float>.Count; j += Vector512<float>.Count)
            {
                op.Invoke(Vector512.Load(to + j) + (step == 0 ? whole : Vector512.Load(from + j))).Store(to + j);
            }
        }

        if (Vector256.IsHardwareAccelerated)
        {
            Vector256<float> whole = Vector256.Create(*from);
            for (; j <= columns - Vector256<float>.Count; j += Vector256<float>.Count)
            {
                op.Invoke(Vector256.Load(to + j) + (step == 0 ? whole : Vector256.Load(from + j))).Store(to + j);
            }
        }

        for (; j < columns; j++)
        {
            to[j] = op.Invoke(to[j] + from[j * step]);
        }
    }

    private readonly struct IdentityOperator : IUnaryOperator
    {
        public float Invoke(float x) => x;

        public Vector256<float> Invoke(Vector256<float> x) => x;

        public Vector512<float> Invoke(Vector512<float> x) => x;
    }
}
