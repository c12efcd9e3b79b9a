namespace RawSer.Kernels;

/// <summary>
/// What follows a matrix product or convolution while its results are still in the cache: <c>c = activation(c + bias)</c>.
/// Bias (i, j) is at <c>bias[i * rowStride + j * columnStride]</c>; strides of 0 make it a bias per row or column.
/// </summary>
internal readonly unsafe struct Epilogue(Matrix bias, UnaryOp? activation)
{
    /// <summary>Activations that can be fused; others are applied afterwards.</summary>
    public static bool Fuses(UnaryOp? activation) => activation is null or UnaryOp.Relu or UnaryOp.Gelu;

    /// <summary>For the transposed product.</summary>
    public Epilogue Transposed => new(bias.Transposed, activation);

    /// <summary>For the results from an element on.</summary>
    public Epilogue At(nint row, nint column) => bias.Data is null ? this : new(bias.At(row, column), activation);

    /// <summary>For the results of another product of the batch.</summary>
    public Epilogue At(nint offset) => bias.Data is null ? this : new(new Matrix(bias.Data + offset, bias.RowStride, bias.ColumnStride), activation);

    /// <summary>Whether products whose biases are <paramref name="distance"/> apart have the bias of one product with all their rows.</summary>
    public bool RowsFold(int rows, long distance) => bias.Data is null || distance == rows * bias.RowStride;

    /// <summary>A row of results to its place, through an activation that can be fused.</summary>
    public static void Write(UnaryOp? activation, float* from, float* to, int count)
    {
        if (activation is UnaryOp.Relu)
        {
            MapLoop.Run(new UnaryMap<ReluOperator>(default), from, null, null, to, count);
        }
        else if (activation is UnaryOp.Gelu)
        {
            MapLoop.Run(new UnaryMap<GeluOperator>(default), from, null, null, to, count);
        }
        else
        {
            MapLoop.Run(new UnaryMap<IdentityOperator>(default), from, null, null, to, count);
        }
    }

    /// <summary>Applies it to rows x columns results; (0, 0) of c and of the bias belong together.</summary>
    public void Apply(Matrix c, int rows, int columns)
    {
        if (activation is UnaryOp.Relu)
        {
            Apply(default(ReluOperator), c, rows, columns);
        }
        else if (activation is UnaryOp.Gelu)
        {
            Apply(default(GeluOperator), c, rows, columns);
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
            if (c.ColumnStride == 1 && added.ColumnStride == 1)
            {
                MapLoop.Run(new BinaryMap<AfterBias<TOp>>(new(op)), to, from, null, to, columns);
            }
            else if (c.ColumnStride == 1 && added.ColumnStride == 0)
            {
                MapLoop.Run(new UnaryMap<AfterConstant<TOp>>(new(op, *from)), to, null, null, to, columns);
            }
            else
            {
                for (int j = 0; j < columns; j++)
                {
                    float sum = to[j * c.ColumnStride] + from[j * added.ColumnStride];
                    to[j * c.ColumnStride] = op.Invoke(new Simd1(sum)).Value;
                }
            }
        }
    }

    /// <summary>op(c + bias).</summary>
    private readonly struct AfterBias<TOp>(TOp op) : IBinaryOperator where TOp : struct, IUnaryOperator
    {
        public V Invoke<V>(V c, V bias) where V : unmanaged, ISimd<V> => op.Invoke(c + bias);
    }
}

/// <summary>op(c + bias) with one bias for all elements.</summary>
internal readonly struct AfterConstant<TOp>(TOp op, float bias) : IUnaryOperator where TOp : struct, IUnaryOperator
{
    public V Invoke<V>(V c) where V : unmanaged, ISimd<V> => op.Invoke(c + V.Create(bias));
}

/// <summary>The activation of layers that have none.</summary>
internal readonly struct IdentityOperator : IUnaryOperator
{
    public V Invoke<V>(V x) where V : unmanaged, ISimd<V> => x;
}
