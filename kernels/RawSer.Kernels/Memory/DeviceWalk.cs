using System.Runtime.CompilerServices;
using RawSer.Gpu.Compiler;
using RawSer.Gpu.Dialect;

namespace RawSer.Kernels;

/// <summary>
/// A <see cref="StridedLoop"/> as a device kernel receives it, by value: thread i finds where element i of each view lies in its
/// storage. 32-bit numbers throughout, because 64-bit division costs a device ten times as much.
/// </summary>
internal unsafe struct DeviceWalk
{
    private const int Rank = Shape.MaxRank;
    private const int Operands = StridedLoop.MaxOperands;

    // Innermost dimension first. Beyond the walk's rank nothing is read.
    private fixed int _extents[Rank];
    private fixed int _strides[Rank * Operands];
    private fixed int _starts[Operands];
    private int _rank;

    /// <summary>A walk over views of the same shape.</summary>
    /// <exception cref="NotSupportedException">A view reaches beyond <see cref="DeviceViews.MostElements"/> elements of its storage.</exception>
    public DeviceWalk(params ReadOnlySpan<View> views)
    {
        LayoutBuffer buffer = default; // a launch allocates nothing
        Span<Layout> layouts = ((Span<Layout>)buffer)[..views.Length];
        for (int o = 0; o < views.Length; o++)
        {
            layouts[o] = views[o].Layout;
            _starts[o] = Narrow(layouts[o].Offset, views[o]);
            Narrow(views[o].Storage.ByteLength / views[o].DType.Size(), views[o]);
        }

        StridedLoop loop = new(layouts);
        _rank = loop.Rank;
        Count = (int)loop.Count;
        for (int k = 0; k < _rank; k++)
        {
            int d = _rank - 1 - k;
            _extents[k] = (int)loop.Extent(d);
            for (int o = 0; o < views.Length; o++)
            {
                _strides[(k * Operands) + o] = (int)loop.Stride(d, o);
            }
        }
    }

    /// <summary>Number of elements.</summary>
    public int Count { get; private set; }

    /// <summary>A walk over one element, at these places; <see cref="Add"/> makes more of it.</summary>
    public static DeviceWalk From(ReadOnlySpan<long> starts)
    {
        DeviceWalk walk = new() { Count = 1 };
        for (int o = 0; o < starts.Length; o++)
        {
            walk._starts[o] = checked((int)starts[o]);
        }

        return walk;
    }

    /// <summary>Repeats the walk along a dimension outside those it has.</summary>
    public void Add(int extent, ReadOnlySpan<long> strides)
    {
        _extents[_rank] = extent;
        for (int o = 0; o < strides.Length; o++)
        {
            _strides[(_rank * Operands) + o] = checked((int)strides[o]);
        }

        _rank++;
        Count = checked(Count * extent);
    }

    /// <summary>Inside a kernel: where element <paramref name="index"/>, in row-major order, lies in each view's storage.</summary>
    [Unroll]
    public readonly void Locate(int index, out int a, out int b, out int c, out int d)
    {
        a = _starts[0];
        b = _starts[1];
        c = _starts[2];
        d = _starts[3];
        for (int k = 0; k < Rank; k++)
        {
            if (k < _rank)
            {
                int outer = index;
                int step = index;
                if (k < _rank - 1)
                {
                    outer = (int)((uint)index / (uint)_extents[k]);
                    step = index - (outer * _extents[k]);
                }

                a += step * _strides[k * Operands];
                b += step * _strides[(k * Operands) + 1];
                c += step * _strides[(k * Operands) + 2];
                d += step * _strides[(k * Operands) + 3];
                index = outer;
            }
        }
    }

    [InlineArray(Operands)]
    private struct LayoutBuffer
    {
        private Layout _first;
    }

    private static int Narrow(long count, View view) =>
        count <= DeviceViews.MostElements
            ? (int)count
            : throw new NotSupportedException(FormattableString.Invariant($"a device kernel was given a view of shape {view.Shape} in {count:N0} elements: at most {DeviceViews.MostElements:N0} are supported"));
}

/// <summary>Views as device kernels take them.</summary>
internal static class DeviceViews
{
    /// <summary>Elements that kernels count in 32 bits: whole blocks of threads, several elements each, end beyond the last element and below 2^31.</summary>
    public const int MostElements = int.MaxValue - 65535;

    /// <summary>Elements of a storage of a device.</summary>
    /// <param name="storage">The memory.</param>
    /// <param name="byteOffset">Where the first lies.</param>
    /// <param name="length">How many they are.</param>
    public static ArrayView<T> View<T>(this Storage storage, long byteOffset, long length) where T : unmanaged =>
        ((GpuMemoryPool)storage.Pool).Device.View<T>((ulong)(storage.Address + byteOffset), length);

    /// <summary>The whole storage of a view: kernels that walk by strides count from its start.</summary>
    public static ArrayView<T> Whole<T>(this View view) where T : unmanaged =>
        view.Exists ? view.Storage.View<T>(0, view.Storage.ByteLength / Interop.SizeOf<T>()) : default;

    /// <summary>From a view's first element to the end of its storage: kernels that walk by strides count from its first element.</summary>
    public static unsafe ArrayView<T> From<T>(this View view) where T : unmanaged =>
        view.Storage.View<T>(view.Layout.Offset * sizeof(T), (view.Storage.ByteLength / sizeof(T)) - view.Layout.Offset);

    /// <summary>The elements of a dense view, or nothing for one that was left out.</summary>
    public static unsafe ArrayView<T> Dense<T>(this View view) where T : unmanaged =>
        view.Exists ? view.Storage.View<T>(view.Layout.Offset * sizeof(T), view.Count) : default;

    /// <summary>The number of elements, which kernels count in 32 bits.</summary>
    /// <exception cref="NotSupportedException">There are more.</exception>
    public static int IntCount(this View view) => view.Count <= MostElements
        ? (int)view.Count
        : throw new NotSupportedException(FormattableString.Invariant($"a device kernel was given a view of shape {view.Shape}: at most {MostElements:N0} elements are supported"));

    /// <summary>Whether the first element stands at a multiple of 16 bytes, so that four floats are one access.</summary>
    public static bool IsAligned16(this View view) => (view.Storage.Address + (view.Layout.Offset * view.DType.Size())) % 16 == 0;
}
