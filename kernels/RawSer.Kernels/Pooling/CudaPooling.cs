using RawSer.Gpu;

namespace RawSer.Kernels;

/// <content>A thread to a result, neighbours side by side; gradients gather what a cell's windows have for it, in the order of the windows.</content>
public sealed partial class CudaBackend
{
    private const int LargeWindow = 64;

    /// <inheritdoc/>
    public override void MaxPool(View x, PoolWindows windows, View y, View place)
    {
        if (y.Count == 0)
        {
            return;
        }

        int count = y.IntCount(), vector = PoolTiles(windows, x);
        if (vector == 4)
        {
            MaxPoolTiles<FourColumns>.Forward.Launch(
                Gpu, PoolShape(count), x.Dense<float>(), y.Dense<float>(), new(place), new(windows.Rows), new(windows.Columns), count);
        }
        else if (vector == 2)
        {
            MaxPoolTiles<TwoColumns>.Forward.Launch(
                Gpu, PoolShape(count), x.Dense<float>(), y.Dense<float>(), new(place), new(windows.Rows), new(windows.Columns), count);
        }
        else
        {
            MaxPoolKernels.Forward.Launch(
                Gpu, PoolShape(count), x.Dense<float>(), y.Dense<float>(), new(place), new(windows.Rows), new(windows.Columns), count);
        }
    }

    /// <inheritdoc/>
    public override void MaxPoolBackward(View dy, View place, PoolWindows windows, View dx)
    {
        if (dx.Count == 0)
        {
            return;
        }

        if (dy.Count == 0)
        {
            Fill(dx, 0);
            return;
        }

        int vector = PoolTiles(windows, dx), count = dx.IntCount();
        if (vector == 4)
        {
            MaxPoolTiles<FourColumns>.Backward.Launch(
                Gpu, PoolShape(dy.IntCount()), dy.Dense<float>(), new(place), dx.Dense<float>(), new(windows.Rows), new(windows.Columns), dy.IntCount());
        }
        else if (vector == 2)
        {
            MaxPoolTiles<TwoColumns>.Backward.Launch(
                Gpu, PoolShape(dy.IntCount()), dy.Dense<float>(), new(place), dx.Dense<float>(), new(windows.Rows), new(windows.Columns), dy.IntCount());
        }
        else
        {
            MaxPoolKernels.Backward.Launch(
                Gpu, PoolShape(count), dy.Dense<float>(), new(place), dx.Dense<float>(), new(windows.Rows), new(windows.Columns), count);
        }
    }

    /// <inheritdoc/>
    public override void MaxPoolIndex(View place, PoolWindows windows, View index)
    {
        if (index.Count > 0)
        {
            MaxPoolKernels.Index.Launch(
                Gpu, PoolShape(index.IntCount()), new(place), index.Dense<long>(), new(windows.Rows), new(windows.Columns), index.IntCount());
        }
    }

    /// <inheritdoc/>
    public override void AveragePool(View x, PoolWindows windows, bool countPadding, double divisor, View y)
    {
        if (y.Count == 0)
        {
            return;
        }

        int count = y.IntCount();
        AverageDivisor over = new(windows, countPadding, divisor);
        bool large = x.Count / y.Count >= LargeWindow || windows.Cells >= LargeWindow;
        (large ? AveragePoolKernels.ForwardInWarps : AveragePoolKernels.Forward).Launch(
            Gpu, DeviceLines.Shape(count, warps: large), x.Dense<float>(), y.Dense<float>(), new(windows.Rows), new(windows.Columns), over, count);
    }

    /// <inheritdoc/>
    public override void AveragePoolBackward(View dy, PoolWindows windows, bool countPadding, double divisor, View dx)
    {
        if (dx.Count == 0)
        {
            return;
        }

        if (dy.Count == 0)
        {
            Fill(dx, 0);
            return;
        }

        AverageDivisor over = new(windows, countPadding, divisor);
        AveragePoolKernels.Backward.Launch(
            Gpu, PoolShape(dx.IntCount()), dy.Dense<float>(), dx.Dense<float>(), new(windows.Rows), new(windows.Columns), over, dx.IntCount());
    }

    private static LaunchShape PoolShape(int threads) => DeviceLines.Shape(threads, warps: false);

    /// <summary>Floats that a thread reads at a time where windows tile the input and each is one vector wide: 4, 2, or 0 where they do not.</summary>
    private static int PoolTiles(PoolWindows windows, View input)
    {
        (PoolAxis rows, PoolAxis columns) = windows;
        bool tiles = rows.IsTiling && columns.IsTiling && columns.Output * columns.Kernel == columns.Input && input.IsAligned16();
        return tiles && columns.Kernel is 2 or 4 ? columns.Kernel : 0;
    }
}
