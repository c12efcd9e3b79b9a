using RawSer.Gpu;
using RawSer.Gpu.Dialect;

namespace RawSer.Kernels;

/// <content>
/// Sums run in the order of the indices, as on the processor, without atomics. Bad indices are reported (<see cref="DeviceFaults"/>): what they
/// would have read is 0, what they would have added is left out.
/// </content>
public sealed partial class CudaBackend
{
    private const int ShortLine = 64;
    private const int ManyLines = 1 << 14;
    private const int MaxGridYZ = 65535;

    /// <inheritdoc/>
    public override void IndexSelect(View x, int dim, View index, View y)
    {
        if (y.Count == 0)
        {
            return;
        }

        int size = y.DType.Size();
        if (IndexedRows.InnerCount(y.Shape, dim) * size % 16 == 0 && x.IsAligned16() && y.IsAligned16())
        {
            Select<Float4>(x, dim, index, y, 16 / size);
            return;
        }

        switch (size)
        {
            case 1: Select<byte>(x, dim, index, y, 1); break;
            case 2: Select<ushort>(x, dim, index, y, 1); break;
            case 4: Select<uint>(x, dim, index, y, 1); break;
            default: Select<ulong>(x, dim, index, y, 1); break;
        }
    }

    /// <inheritdoc/>
    public override void IndexAdd(View y, int dim, View index, View x)
    {
        if (x.Count == 0)
        {
            return;
        }

        if (IndexedRows.InnerCount(y.Shape, dim) % 4 == 0 && x.IsAligned16() && y.IsAligned16())
        {
            AddRows<FloatQuad>(y, dim, index, x, 4);
        }
        else
        {
            AddRows<SingleFloat>(y, dim, index, x, 1);
        }
    }

    /// <inheritdoc/>
    public override void Gather(View x, int dim, View index, View y)
    {
        if (y.Count == 0)
        {
            return;
        }

        DeviceWalk walk = new(index, y, Repeated(x, dim, index.Shape));
        IndexKernels.Gather.Launch(
            Gpu, DeviceLines.Shape(walk.Count, warps: false), x.Whole<float>(), index.Whole<long>(), y.Whole<float>(), walk, x.Shape[dim], (int)x.Strides[dim], Faults);
    }

    /// <inheritdoc/>
    public override void ScatterAdd(View y, int dim, View index, View source)
    {
        if (source.Count == 0)
        {
            return;
        }

        View starts = y.With(LayoutTable.Get(DeviceLines.Starts(index, dim).Shape.AsSpan(), DeviceLines.Starts(y, dim).Strides, y.Layout.Offset));
        DeviceWalk walk = new(DeviceLines.Starts(index, dim), DeviceLines.Starts(source, dim), starts);
        ScatterSteps steps = new(index.Shape[dim], (int)index.Strides[dim], (int)source.Strides[dim], y.Shape[dim], (int)y.Strides[dim]);
        bool warps = steps.Count > ShortLine && walk.Count < ManyLines;
        (warps ? IndexKernels.ScatterAddToPlaces : IndexKernels.ScatterAddAlongLines).Launch(
            Gpu, DeviceLines.Shape(warps ? source.IntCount() : walk.Count, warps), y.Whole<float>(), index.Whole<long>(), source.Whole<float>(), walk, steps, Faults);
    }

    private void Select<T>(View x, int dim, View index, View y, int perUnit) where T : unmanaged
    {
        int inner = (int)(IndexedRows.InnerCount(y.Shape, dim) / perUnit), count = y.IntCount() / perUnit;
        _ = x.IntCount();
        IndexSelectKernels<T>.Select.Launch(
            Gpu, DeviceLines.Shape(count, warps: false), Units<T>(x), index.Dense<long>(), Units<T>(y), new RowUnits(inner, index.IntCount()), x.Shape[dim], count, Faults);
    }

    private void AddRows<TPiece>(View y, int dim, View index, View x, int perPiece) where TPiece : unmanaged, IRowPiece<TPiece>
    {
        int inner = (int)(IndexedRows.InnerCount(y.Shape, dim) / perPiece), pieces = x.IntCount() / perPiece / index.IntCount();
        _ = y.IntCount();
        int strips = (pieces + 31) / 32, warps = Math.Min(strips, DeviceLines.BlockSize / 32);
        LaunchShape shape = new((index.IntCount(), Math.Min(MaxGridYZ, (strips + warps - 1) / warps)), 32 * warps);
        IndexAddKernels<TPiece>.Add.Launch(Gpu, shape, x.Dense<float>(), index.Dense<long>(), y.Dense<float>(), new(inner), y.Shape[dim], pieces, Faults);
    }

    /// <summary>x with the extents of an index, each line along the dimension repeating its first element.</summary>
    private static View Repeated(View x, int dim, Shape shape)
    {
        Span<long> strides = stackalloc long[shape.Rank];
        x.Strides.CopyTo(strides);
        strides[dim] = 0;
        return x.With(LayoutTable.Get(shape.AsSpan(), strides, x.Layout.Offset));
    }

    /// <summary>The bytes of a dense view in units of T.</summary>
    private static unsafe ArrayView<T> Units<T>(View view) where T : unmanaged =>
        view.Storage.View<T>(view.Layout.Offset * view.DType.Size(), view.Count * view.DType.Size() / sizeof(T));
}
