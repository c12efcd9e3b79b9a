using RawSer.Gpu.Dialect;

namespace RawSer.Kernels;

/// <summary>
/// Results of a product with what follows it: <c>y = activation(sums + added)</c>, where a bias is added, or what was in y. Four neighbours
/// of a row are one 128-bit access where rows allow it.
/// </summary>
/// <typeparam name="TActivation">The activation.</typeparam>
internal struct ProductOutput<TActivation> : ITileOutput where TActivation : unmanaged, IUnaryOperator
{
    private readonly ArrayView<float> _y;
    private readonly ArrayView<float> _added;
    private readonly int _rows;
    private readonly int _columns;
    private readonly ProductStrides _strides;
    private readonly TActivation _activation;
    private int _at;
    private int _addedAt;

    /// <param name="y">The whole storage of the results.</param>
    /// <param name="added">The whole storage of what is added, if <see cref="ProductStrides.Access"/> tells so.</param>
    /// <param name="rows">Rows of a product.</param>
    /// <param name="columns">Columns of a product.</param>
    /// <param name="strides">Where in these storages results and what is added lie.</param>
    /// <param name="activation">Parameters of the activation.</param>
    public ProductOutput(ArrayView<float> y, ArrayView<float> added, int rows, int columns, ProductStrides strides, TActivation activation)
    {
        (_y, _added, _rows, _columns, _strides, _activation) = (y, added, rows, columns, strides, activation);
        (_at, _addedAt) = (0, 0);
    }

    public void Start(int offset, int extra, int part)
    {
        _at = offset + (part * _strides.Part);
        _addedAt = extra;
    }

    public readonly void Store(int row, int column, Float4 sums)
    {
        if (row >= _rows || column >= _columns)
        {
            return;
        }

        int addedAt = _addedAt + (row * _strides.AddedRow);
        if ((_strides.Access & ProductAccess.AddQuads) != 0)
        {
            sums = Sum(sums, _added.AsAligned16().Cast<Float4>()[(addedAt + column) >> 2]);
        }
        else if ((_strides.Access & ProductAccess.Add) != 0)
        {
            sums = Sum(sums, new Float4(Added(addedAt, column), Added(addedAt, column + 1), Added(addedAt, column + 2), Added(addedAt, column + 3)));
        }

        sums = new Float4(Activate(sums.X), Activate(sums.Y), Activate(sums.Z), Activate(sums.W));
        int at = _at + (row * _strides.Row);
        if ((_strides.Access & ProductAccess.Quads) != 0)
        {
            _y.AsAligned16().Cast<Float4>()[(at + column) >> 2] = sums;
        }
        else
        {
            StoreOne(at, column, sums.X);
            StoreOne(at, column + 1, sums.Y);
            StoreOne(at, column + 2, sums.Z);
            StoreOne(at, column + 3, sums.W);
        }
    }

    /// <summary>Takes one result, which must exist.</summary>
    public readonly void StoreElement(int row, int column, float sum)
    {
        if ((_strides.Access & (ProductAccess.Add | ProductAccess.AddQuads)) != 0)
        {
            sum += _added[_addedAt + (row * _strides.AddedRow) + (column * _strides.AddedColumn)];
        }

        _y[_at + (row * _strides.Row) + (column * _strides.Column)] = Activate(sum);
    }

    private static Float4 Sum(Float4 a, Float4 b) => new(a.X + b.X, a.Y + b.Y, a.Z + b.Z, a.W + b.W);

    /// <summary>Beyond the last column the last one again.</summary>
    private readonly float Added(int at, int column) => _added[at + (IntrinsicMath.Min(column, _columns - 1) * _strides.AddedColumn)];

    private readonly void StoreOne(int at, int column, float result)
    {
        if (column < _columns)
        {
            _y[at + (column * _strides.Column)] = result;
        }
    }

    private readonly float Activate(float x) => _activation.Invoke(new Simd1(x)).Value;
}

/// <summary>How the results of a product are written, and what is added to them.</summary>
[Flags]
internal enum ProductAccess
{
    None = 0,

    /// <summary>Every fourth result of a row stands at a multiple of 16 bytes, neighbours are 4 bytes apart, and rows are whole numbers of four.</summary>
    Quads = 1,

    /// <summary>Something is added.</summary>
    Add = 2,

    /// <summary>Something is added of which the same is true as with <see cref="Quads"/>.</summary>
    AddQuads = 4,
}

/// <summary>Where the results of a product and what is added to them lie.</summary>
/// <param name="Row">Distance of rows of the results.</param>
/// <param name="Column">Distance of their columns.</param>
/// <param name="AddedRow">Distance of rows of what is added.</param>
/// <param name="AddedColumn">Distance of its columns.</param>
/// <param name="Part">Distance of the results of parts of the sums.</param>
/// <param name="Access">How they are read and written.</param>
internal readonly record struct ProductStrides(int Row, int Column, int AddedRow, int AddedColumn, int Part, ProductAccess Access);

/// <summary>No activation, or that of a rectifier: <c>max(x, floor)</c> with a floor of -infinity or 0.</summary>
internal readonly struct FloorOperator(float floor) : IUnaryOperator
{
    public V Invoke<V>(V x) where V : unmanaged, ISimd<V> => V.MaxOrSecond(V.Create(floor), x); // NaN is the second and stays
}
