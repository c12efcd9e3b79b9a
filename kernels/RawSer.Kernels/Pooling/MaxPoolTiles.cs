using RawSer.Gpu.Compiler;
using RawSer.Gpu.Dialect;

namespace RawSer.Kernels;

/// <summary>The columns of a window that tiles its input: as many as a vector has floats.</summary>
internal interface ITileColumns
{
    static abstract int Count { get; }

    /// <summary>Vector <paramref name="i"/> of a view; what it lacks is 0.</summary>
    static abstract Float4 Load(ArrayView<float> view, int i);

    static abstract void Store(ArrayView<float> view, int i, Float4 value);
}

/// <summary>Windows of two columns.</summary>
internal readonly struct TwoColumns : ITileColumns
{
    public static int Count => 2;

    public static Float4 Load(ArrayView<float> view, int i)
    {
        Float2 pair = view.AsAligned16().Cast<Float2>()[i];
        return new(pair.X, pair.Y, 0, 0);
    }

    public static void Store(ArrayView<float> view, int i, Float4 value) => view.AsAligned16().Cast<Float2>()[i] = new(value.X, value.Y);
}

/// <summary>Windows of four columns.</summary>
internal readonly struct FourColumns : ITileColumns
{
    public static int Count => 4;

    public static Float4 Load(ArrayView<float> view, int i) => view.AsAligned16().Cast<Float4>()[i];

    public static void Store(ArrayView<float> view, int i, Float4 value) => view.AsAligned16().Cast<Float4>()[i] = value;
}

/// <summary>
/// Max pooling over windows that follow each other and are one vector wide: a thread to a window, which reads or writes each of its rows
/// in one access. The columns are covered completely; rows behind the last window get no gradient.
/// </summary>
internal static class MaxPoolTiles<TColumns> where TColumns : struct, ITileColumns
{
    public static readonly Kernel<ArrayView<float>, ArrayView<float>, PoolPlaces, DevicePoolAxis, DevicePoolAxis, int> Forward =
        Kernel.Create<ArrayView<float>, ArrayView<float>, PoolPlaces, DevicePoolAxis, DevicePoolAxis, int>(MaxPool);

    public static readonly Kernel<ArrayView<float>, PoolPlaces, ArrayView<float>, DevicePoolAxis, DevicePoolAxis, int> Backward =
        Kernel.Create<ArrayView<float>, PoolPlaces, ArrayView<float>, DevicePoolAxis, DevicePoolAxis, int>(MaxPoolBackward);

    [Kernel(MaxThreadsPerGroup = DeviceLines.BlockSize)]
    private static void MaxPool(ArrayView<float> x, ArrayView<float> y, PoolPlaces places, DevicePoolAxis rows, DevicePoolAxis columns, int count)
    {
        int i = Grid.GlobalIndex.X;
        if (i >= count)
        {
            return;
        }

        int plane = rows.LineOfWindows(columns.LineOfWindows(i, out int windowColumn), out int windowRow);
        int from = (((plane * rows.Input) + (windowRow * rows.Kernel)) * columns.Output) + windowColumn; // in vectors, of which a row has one per window
        float best = float.NegativeInfinity;
        int at = -1;
        for (int r = 0; r < rows.Kernel; r++)
        {
            Float4 values = TColumns.Load(x, from + (r * columns.Output));
            int place = r * TColumns.Count;
            MaxPoolKernels.Take(values.X, place, ref best, ref at);
            MaxPoolKernels.Take(values.Y, place + 1, ref best, ref at);
            if (TColumns.Count > 2)
            {
                MaxPoolKernels.Take(values.Z, place + 2, ref best, ref at);
                MaxPoolKernels.Take(values.W, place + 3, ref best, ref at);
            }
        }

        y[i] = best;
        places.Store(i, at);
    }

    [Kernel(MaxThreadsPerGroup = DeviceLines.BlockSize)]
    private static void MaxPoolBackward(ArrayView<float> dy, PoolPlaces places, ArrayView<float> dx, DevicePoolAxis rows, DevicePoolAxis columns, int count)
    {
        int i = Grid.GlobalIndex.X;
        if (i >= count)
        {
            return;
        }

        int plane = rows.LineOfWindows(columns.LineOfWindows(i, out int windowColumn), out int windowRow);
        int first = windowRow * rows.Kernel;
        int to = (((plane * rows.Input) + first) * columns.Output) + windowColumn;
        int height = windowRow == rows.Output - 1 ? rows.Input - first : rows.Kernel;
        int place = places[i];
        float gradient = dy[i];
        for (int r = 0; r < height; r++)
        {
            int at = place - (r * TColumns.Count);
            TColumns.Store(
                dx, to + (r * columns.Output),
                new(at == 0 ? gradient : 0, at == 1 ? gradient : 0, at == 2 ? gradient : 0, at == 3 ? gradient : 0));
        }
    }
}
