using RawSer.Gpu.Dialect;

namespace RawSer.Kernels;

/// <summary>
/// A batch of products y = activation(a b + added) as it is launched: a batch that shares its right operand is one product with more rows,
/// and results that lie column by column are those of the transposed product.
/// </summary>
internal struct DeviceProduct
{
    private readonly View _y;
    private readonly View _added;
    private MatrixStrides _yStrides;
    private MatrixStrides _addedStrides;
    private GemmBatch _batch;

    /// <param name="a">(..., M, K).</param>
    /// <param name="b">(..., K, N).</param>
    /// <param name="added">(..., M, N), y itself, or nothing.</param>
    /// <param name="y">(..., M, N).</param>
    /// <param name="transposeA">Whether a is given as (..., K, M).</param>
    /// <param name="transposeB">Whether b is given as (..., N, K).</param>
    public DeviceProduct(View a, View b, View added, View y, bool transposeA = false, bool transposeB = false)
    {
        (Rows, Columns, Depth) = (y.Shape[-2], y.Shape[-1], a.Shape[transposeA ? -2 : -1]);
        (_y, _added, _yStrides) = (y, added, MatrixStrides.Of(y));
        _addedStrides = added.Exists ? MatrixStrides.Of(added) : default;
        (Left, LeftStrides) = (a, transposeA ? MatrixStrides.Of(a).Transposed : MatrixStrides.Of(a));
        (Right, RightStrides) = (b, transposeB ? MatrixStrides.Of(b) : MatrixStrides.Of(b).Transposed);
        foreach (View view in (ReadOnlySpan<View>)[a, b, y, added])
        {
            Check(view);
        }

        for (int d = 0; d < y.Shape.Rank - 2; d++)
        {
            _batch.Add(y.Shape[d], a.Strides[d], b.Strides[d], y.Strides[d], added.Exists ? added.Strides[d] : 0);
        }

        while (_batch.Rank > 0 && _batch.InnerStride(1) == 0 && _batch.InnerStride(0) == Rows * LeftStrides.Line
            && _batch.InnerStride(2) == Rows * _yStrides.Line && _batch.InnerStride(3) == Rows * _addedStrides.Line
            && (long)Rows * _batch.InnerExtent <= int.MaxValue)
        {
            Rows *= _batch.InnerExtent;
            _batch.RemoveInner();
        }

        if (Rows == 1 || (Columns > 1 && _yStrides.Depth != 1 && _yStrides.Line == 1))
        {
            Transpose();
        }
    }

    /// <summary>Rows of a product.</summary>
    public int Rows { get; private set; }

    /// <summary>Columns of a product; 1 where there are as few rows.</summary>
    public int Columns { get; private set; }

    /// <summary>Length of the sums.</summary>
    public int Depth { get; }

    /// <summary>Number of products.</summary>
    public readonly int Products => (int)_batch.Count;

    /// <summary>The left operand.</summary>
    public View Left { get; private set; }

    /// <summary>Distances of its rows, and along the sum.</summary>
    public MatrixStrides LeftStrides { get; private set; }

    /// <summary>The right operand.</summary>
    public View Right { get; private set; }

    /// <summary>Distances of its columns, and along the sum.</summary>
    public MatrixStrides RightStrides { get; private set; }

    /// <summary>How the left operand is read in fours: along the sum, along the rows, or not.</summary>
    public readonly TileOrder LeftOrder => Order(Left, LeftStrides, Rows, operand: 0);

    /// <summary>How the right operand is read in fours: along the sum, along the columns, or not.</summary>
    public readonly TileOrder RightOrder => Order(Right, RightStrides, Columns, operand: 1);

    /// <summary>Where the products' operands start.</summary>
    public readonly DeviceWalk Walk() =>
        _batch.Walk([Left.Layout.Offset, Right.Layout.Offset, _y.Layout.Offset, _added.Exists ? _added.Layout.Offset : 0]);

    /// <summary>As <see cref="Walk()"/>, with parts of sums as results.</summary>
    public readonly DeviceWalk WalkOfParts() =>
        _batch.WithDenseResults((long)Rows * Columns).Walk([Left.Layout.Offset, Right.Layout.Offset, 0, 0]);

    /// <summary>The results.</summary>
    public readonly ProductOutput<TActivation> Output<TActivation>(TActivation activation) where TActivation : unmanaged, IUnaryOperator
    {
        ProductAccess access = ProductAccess.None;
        if (InQuads(_y, _yStrides.Transposed, Columns, Rows, operand: 2))
        {
            access |= ProductAccess.Quads;
        }

        if (_added.Exists)
        {
            access |= access == ProductAccess.Quads && InQuads(_added, _addedStrides.Transposed, Columns, Rows, operand: 3) ? ProductAccess.AddQuads : ProductAccess.Add;
        }

        ProductStrides strides = new((int)_yStrides.Line, (int)_yStrides.Depth, (int)_addedStrides.Line, (int)_addedStrides.Depth, 0, access);
        return new(_y.Whole<float>(), _added.Whole<float>(), Rows, Columns, strides, activation);
    }

    /// <summary>Parts of sums, (parts, products, rows, columns), as results.</summary>
    public readonly ProductOutput<FloorOperator> PartsOutput(View parts)
    {
        ProductStrides strides = new(Columns, 1, 0, 0, Rows * Columns * Products, Columns % 4 == 0 ? ProductAccess.Quads : ProductAccess.None);
        return new(parts.Whole<float>(), default, Rows, Columns, strides, new FloorOperator(float.NegativeInfinity));
    }

    private void Transpose()
    {
        (Left, Right, LeftStrides, RightStrides) = (Right, Left, RightStrides, LeftStrides);
        (Rows, Columns, _yStrides, _addedStrides) = (Columns, Rows, _yStrides.Transposed, _addedStrides.Transposed);
        _batch = _batch.Swapped;
    }

    private readonly TileOrder Order(View view, MatrixStrides strides, int lines, int operand) =>
        InQuads(view, strides, Depth, lines, operand) ? TileOrder.AlongDepth
        : InQuads(view, strides.Transposed, lines, Depth, operand) ? TileOrder.AlongTile
        : TileOrder.AcrossTile;

    /// <summary>Whether a matrix whose neighbours lie along the inner dimension can be read in fours.</summary>
    private readonly bool InQuads(View view, MatrixStrides strides, int inner, int outer, int operand) =>
        strides.Depth == 1 && inner % 4 == 0 && (strides.Line % 4 == 0 || outer == 1) && view.IsAligned16() && view.Layout.Offset % 4 == 0 && _batch.InQuads(operand);

    private static void Check(View view)
    {
        if (view.Exists && view.Storage.ByteLength / sizeof(float) > int.MaxValue)
        {
            throw new NotSupportedException(FormattableString.Invariant($"a device product was given a view of shape {view.Shape} in {view.Storage.ByteLength / sizeof(float):N0} elements: at most {int.MaxValue:N0} are supported"));
        }
    }
}

/// <summary>Distances of an operand's lines (rows of a left operand, columns of a right one) and of neighbours along the sum.</summary>
internal readonly record struct MatrixStrides(long Line, long Depth)
{
    public MatrixStrides Transposed => new(Depth, Line);

    /// <summary>Of the rows and columns of a matrix.</summary>
    public static MatrixStrides Of(View view) => new(view.Strides[^2], view.Strides[^1]);
}
