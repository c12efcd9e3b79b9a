using RawSer.Gpu.Compiler;
using RawSer.Gpu.Dialect;

namespace RawSer.Kernels;

/// <summary>Rows of dense arrays in units of a size, whatever they hold: a thread to a unit.</summary>
internal static class IndexSelectKernels<T> where T : unmanaged
{
    public static readonly Kernel<ArrayView<T>, ArrayView<long>, ArrayView<T>, RowUnits, int, int, DeviceFaults> Select =
        Kernel.Create<ArrayView<T>, ArrayView<long>, ArrayView<T>, RowUnits, int, int, DeviceFaults>(SelectRows);

    [Kernel(MaxThreadsPerGroup = DeviceLines.BlockSize)]
    private static void SelectRows(ArrayView<T> x, ArrayView<long> index, ArrayView<T> y, RowUnits units, int extent, int count, DeviceFaults faults)
    {
        int i = Grid.GlobalIndex.X;
        if (i >= count)
        {
            return;
        }

        int outer = units.Locate(i, out int place, out int unit);
        long from = index[place];
        T value = default;
        if ((ulong)from < (ulong)extent)
        {
            value = x[(((outer * extent) + (int)from) * units.Inner) + unit];
        }
        else
        {
            faults.Report(DeviceFaultKind.IndexSelect, place, from, extent, 0);
        }

        y[i] = value;
    }
}

/// <summary>
/// Adding rows. A warp to an index and to 32 pieces of its row: if no earlier index is the same, it sums the rows of all indices that are, in
/// their order, and writes the row once. So it looks at all n indices, 32 at a time, and an operation at n^2 / 32 of them for every 32 pieces;
/// each row is read and each sum written once, whatever repeats.
/// </summary>
internal static class IndexAddKernels<TPiece> where TPiece : unmanaged, IRowPiece<TPiece>
{
    public static readonly Kernel<ArrayView<float>, ArrayView<long>, ArrayView<float>, DeviceDivisor, int, int, DeviceFaults> Add =
        Kernel.Create<ArrayView<float>, ArrayView<long>, ArrayView<float>, DeviceDivisor, int, int, DeviceFaults>(AddRows);

    [Kernel(MaxThreadsPerGroup = DeviceLines.BlockSize)]
    private static void AddRows(ArrayView<float> x, ArrayView<long> index, ArrayView<float> y, DeviceDivisor inner, int extent, int pieces, DeviceFaults faults)
    {
        int i = Grid.IdxX, count = index.IntLength;
        long row = index[i];
        if ((ulong)row >= (ulong)extent)
        {
            if (Group.IdxX == 0 && Grid.IdxY == 0)
            {
                faults.Report(DeviceFaultKind.IndexAdd, i, row, extent, 0);
            }

            return;
        }

        for (int start = 0; start < i; start += 32)
        {
            int at = start + Warp.LaneIdx;
            if (Vote.Any(at < i && index[at] == row))
            {
                return; // an earlier warp sums this row
            }
        }

        int warps = Group.DimX / 32;
        for (int first = 32 * ((Grid.IdxY * warps) + Warp.WarpIdx); first < pieces; first += 32 * warps * Grid.DimY)
        {
            int piece = first + Warp.LaneIdx;
            bool active = piece < pieces;
            int outer = inner.Divide(piece, out int unit), to = (((outer * extent) + (int)row) * inner.Value) + unit;
            TPiece sum = active ? TPiece.Load(y, to) : default;
            for (int start = i & ~31; start < count; start += 32)
            {
                int at = start + Warp.LaneIdx;
                uint same = Vote.Ballot(at >= i && at < count && index[at] == row);
                while (same != 0)
                {
                    int from = start + IntrinsicMath.TrailingZeroCount(same);
                    same &= same - 1;
                    if (active)
                    {
                        sum = TPiece.Add(sum, TPiece.Load(x, (((outer * count) + from) * inner.Value) + unit));
                    }
                }
            }

            if (active)
            {
                TPiece.Store(y, to, sum);
            }
        }
    }
}

/// <summary>Reading and adding single elements in any layout.</summary>
internal static class IndexKernels
{
    public static readonly Kernel<ArrayView<float>, ArrayView<long>, ArrayView<float>, DeviceWalk, int, int, DeviceFaults> Gather =
        Kernel.Create<ArrayView<float>, ArrayView<long>, ArrayView<float>, DeviceWalk, int, int, DeviceFaults>(GatherElements);

    /// <summary>For short or many lines.</summary>
    public static readonly Kernel<ArrayView<float>, ArrayView<long>, ArrayView<float>, DeviceWalk, ScatterSteps, DeviceFaults> ScatterAddAlongLines =
        Kernel.Create<ArrayView<float>, ArrayView<long>, ArrayView<float>, DeviceWalk, ScatterSteps, DeviceFaults>(AddAlongLines);

    /// <summary>For few long lines.</summary>
    public static readonly Kernel<ArrayView<float>, ArrayView<long>, ArrayView<float>, DeviceWalk, ScatterSteps, DeviceFaults> ScatterAddToPlaces =
        Kernel.Create<ArrayView<float>, ArrayView<long>, ArrayView<float>, DeviceWalk, ScatterSteps, DeviceFaults>(AddToPlaces);

    [Kernel(MaxThreadsPerGroup = DeviceLines.BlockSize)]
    private static void GatherElements(ArrayView<float> x, ArrayView<long> index, ArrayView<float> y, DeviceWalk walk, int extent, int stride, DeviceFaults faults)
    {
        int i = Grid.GlobalIndex.X;
        if (i >= walk.Count)
        {
            return;
        }

        walk.Locate(i, out int place, out int to, out int start, out _);
        long from = index[place];
        float value = 0;
        if ((ulong)from < (ulong)extent)
        {
            value = x[start + ((int)from * stride)];
        }
        else
        {
            faults.Report(DeviceFaultKind.Gather, i, from, extent, 0);
        }

        y[to] = value;
    }

    /// <summary>A thread to a line goes through its indices.</summary>
    [Kernel(MaxThreadsPerGroup = DeviceLines.BlockSize)]
    private static void AddAlongLines(ArrayView<float> y, ArrayView<long> index, ArrayView<float> source, DeviceWalk walk, ScatterSteps steps, DeviceFaults faults)
    {
        int line = Grid.GlobalIndex.X;
        if (line >= walk.Count)
        {
            return;
        }

        walk.Locate(line, out int place, out int from, out int start, out _);
        for (int i = 0; i < steps.Count; i++)
        {
            long to = index[place + (i * steps.Index)];
            if ((ulong)to < (ulong)steps.Extent)
            {
                y[start + ((int)to * steps.Target)] += source[from + (i * steps.Source)];
            }
            else
            {
                faults.Report(DeviceFaultKind.ScatterAdd, i, to, steps.Extent, 0);
            }
        }
    }

    /// <summary>
    /// A warp to an index, which sums the elements of all equal ones of its line unless an earlier one does: n^2 / 32 looks at n indices of a line.
    /// </summary>
    [Kernel(MaxThreadsPerGroup = DeviceLines.BlockSize)]
    private static void AddToPlaces(ArrayView<float> y, ArrayView<long> index, ArrayView<float> source, DeviceWalk walk, ScatterSteps steps, DeviceFaults faults)
    {
        int element = InWarp.Line, line = (int)((uint)element / (uint)steps.Count), i = element - (line * steps.Count);
        if (line >= walk.Count)
        {
            return; // a whole warp
        }

        walk.Locate(line, out int place, out int from, out int begin, out _);
        long to = index[place + (i * steps.Index)];
        if ((ulong)to >= (ulong)steps.Extent)
        {
            if (Warp.IsFirstLane)
            {
                faults.Report(DeviceFaultKind.ScatterAdd, i, to, steps.Extent, 0);
            }

            return;
        }

        for (int start = 0; start < i; start += 32)
        {
            int at = start + Warp.LaneIdx;
            if (Vote.Any(at < i && index[place + (at * steps.Index)] == to))
            {
                return;
            }
        }

        int target = begin + ((int)to * steps.Target);
        float sum = y[target];
        for (int start = i & ~31; start < steps.Count; start += 32)
        {
            int at = start + Warp.LaneIdx;
            uint same = Vote.Ballot(at >= i && at < steps.Count && index[place + (at * steps.Index)] == to);
            while (same != 0)
            {
                sum += source[from + ((start + IntrinsicMath.TrailingZeroCount(same)) * steps.Source)];
                same &= same - 1;
            }
        }

        if (Warp.IsFirstLane)
        {
            y[target] = sum;
        }
    }
}

/// <summary>The units of selected rows: numbers in the order outer, index, inner.</summary>
internal readonly struct RowUnits(int inner, int indices)
{
    private readonly DeviceDivisor _inner = new(inner);
    private readonly DeviceDivisor _indices = new(indices);

    /// <summary>Units of a row.</summary>
    public int Inner => _inner.Value;

    /// <summary>The outer place of a unit, the place of its index, and its number in the row.</summary>
    public int Locate(int number, out int place, out int unit) => _indices.Divide(_inner.Divide(number, out unit), out place);
}

/// <summary>The lines of a scatter: indices of a line, their stride and that of the source, the extent of the target and its stride.</summary>
internal readonly record struct ScatterSteps(int Count, int Index, int Source, int Extent, int Target);

/// <summary>What a lane holds of a row.</summary>
internal interface IRowPiece<TSelf> where TSelf : unmanaged
{
    /// <summary>Piece number <paramref name="i"/> of a view.</summary>
    static abstract TSelf Load(ArrayView<float> view, int i);

    static abstract void Store(ArrayView<float> view, int i, TSelf piece);

    static abstract TSelf Add(TSelf a, TSelf b);
}

/// <summary>One float.</summary>
internal readonly struct SingleFloat(float value) : IRowPiece<SingleFloat>
{
    private readonly float _value = value;

    public static SingleFloat Load(ArrayView<float> view, int i) => new(view[i]);

    public static void Store(ArrayView<float> view, int i, SingleFloat piece) => view[i] = piece._value;

    public static SingleFloat Add(SingleFloat a, SingleFloat b) => new(a._value + b._value);
}

/// <summary>Four floats, at multiples of 16 bytes.</summary>
internal readonly struct FloatQuad(Float4 value) : IRowPiece<FloatQuad>
{
    private readonly Float4 _value = value;

    public static FloatQuad Load(ArrayView<float> view, int i) => new(view.AsAligned16().Cast<Float4>()[i]);

    public static void Store(ArrayView<float> view, int i, FloatQuad piece) => view.AsAligned16().Cast<Float4>()[i] = piece._value;

    public static FloatQuad Add(FloatQuad a, FloatQuad b) =>
        new(new Float4(a._value.X + b._value.X, a._value.Y + b._value.Y, a._value.Z + b._value.Z, a._value.W + b._value.W));
}
