using RawSer.Gpu.Dialect;

namespace RawSer.Kernels;

/// <summary>
/// A matrix whose lines lie along the sum in memory, 128 bits at a time. Its start, the distance of its lines, the length of the sum and
/// that of its parts are multiples of four.
/// </summary>
/// <param name="data">The whole storage.</param>
/// <param name="lines">Number of lines.</param>
/// <param name="lineStride">Distance of lines, in elements.</param>
internal struct AlongDepthLoader(ArrayView<float> data, int lines, int lineStride) : ITileLoader
{
    private readonly ArrayView<float> _data = data;
    private readonly int _lines = lines;
    private readonly int _lineStride = lineStride >> 2;
    private int _at;
    private int _slot;

    public static TileOrder Order => TileOrder.AlongDepth;

    public void Start(int offset, int line, int depth, int slot)
    {
        _at = ((offset + depth + slot) >> 2) + (IntrinsicMath.Min(line, _lines - 1) * _lineStride);
        _slot = slot;
    }

    public Float4 First(int count)
    {
        Float4 elements = default;
        if (_slot < count)
        {
            elements = ReadOnly.Load(ref _data.AsAligned16().Cast<Float4>()[_at]);
        }

        _at += count >> 2;
        return elements;
    }

    public Float4 Next(bool exists)
    {
        Float4 elements = default;
        if (exists)
        {
            elements = ReadOnly.Load(ref _data.AsAligned16().Cast<Float4>()[_at]);
        }

        _at += TileProduct.Depth >> 2;
        return elements;
    }
}

/// <summary>
/// A matrix whose lines are neighbours in memory, 128 bits at a time. Its start, the distance along the sum and the number of lines are
/// multiples of four.
/// </summary>
/// <param name="data">The whole storage.</param>
/// <param name="lines">Number of lines.</param>
/// <param name="depthStride">Distance of neighbours along the sum, in elements.</param>
internal struct AlongTileLoader(ArrayView<float> data, int lines, int depthStride) : ITileLoader
{
    private readonly ArrayView<float> _data = data;
    private readonly int _lines = lines;
    private readonly int _depthStride = depthStride >> 2;
    private int _at;
    private int _slot;

    public static TileOrder Order => TileOrder.AlongTile;

    public void Start(int offset, int line, int depth, int slot)
    {
        _at = ((offset + IntrinsicMath.Min(line, _lines - 4)) >> 2) + ((depth + slot) * _depthStride);
        _slot = slot;
    }

    public Float4 First(int count)
    {
        Float4 elements = default;
        if (_slot < count)
        {
            elements = ReadOnly.Load(ref _data.AsAligned16().Cast<Float4>()[_at]);
        }

        _at += count * _depthStride;
        return elements;
    }

    public Float4 Next(bool exists)
    {
        Float4 elements = default;
        if (exists)
        {
            elements = ReadOnly.Load(ref _data.AsAligned16().Cast<Float4>()[_at]);
        }

        _at += TileProduct.Depth * _depthStride;
        return elements;
    }
}

/// <summary>The order in which elements of any layout are fetched one by one.</summary>
internal interface IElementOrder
{
    static abstract TileOrder Order { get; }
}

/// <summary>For operands whose neighbours in memory lie along the sum.</summary>
internal readonly struct DepthFirst : IElementOrder
{
    public static TileOrder Order => TileOrder.AlongDepth;
}

/// <summary>For operands whose neighbours in memory lie along the tile.</summary>
internal readonly struct LinesFirst : IElementOrder
{
    public static TileOrder Order => TileOrder.AcrossTile;
}

/// <summary>A matrix of any strides and alignment.</summary>
/// <param name="data">The whole storage.</param>
/// <param name="lines">Number of lines.</param>
/// <param name="lineStride">Distance of lines, in elements.</param>
/// <param name="depthStride">Distance of neighbours along the sum, in elements.</param>
/// <typeparam name="TOrder">Which elements a thread brings.</typeparam>
internal struct ElementLoader<TOrder>(ArrayView<float> data, int lines, int lineStride, int depthStride) : ITileLoader
    where TOrder : struct, IElementOrder
{
    private readonly ArrayView<float> _data = data;
    private readonly int _lines = lines;
    private readonly int _lineStride = lineStride;
    private readonly int _depthStride = depthStride;
    private int _at;
    private int _slot;

    public static TileOrder Order => TOrder.Order;

    public void Start(int offset, int line, int depth, int slot)
    {
        _at = offset + (IntrinsicMath.Min(line, _lines - 1) * _lineStride) + ((depth + slot) * _depthStride);
        _slot = slot;
    }

    public Float4 First(int count)
    {
        Float4 elements = new(
            _slot < count ? Load(0) : 0, _slot + 1 < count ? Load(1) : 0, _slot + 2 < count ? Load(2) : 0, _slot + 3 < count ? Load(3) : 0);
        _at += count * _depthStride;
        return elements;
    }

    public Float4 Next(bool exists)
    {
        Float4 elements = default;
        if (exists)
        {
            elements = new(Load(0), Load(1), Load(2), Load(3));
        }

        _at += TileProduct.Depth * _depthStride;
        return elements;
    }

    private readonly float Load(int place) => ReadOnly.Load(ref _data[_at + (place * _depthStride)]);
}
