using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace RawSer.Kernels;

public sealed unsafe partial class CpuBackend
{
    /// <summary>Place of a winner that ReLU cut off: it has no gradient.</summary>
    private const int CutOff = byte.MaxValue;

    /// <inheritdoc/>
    /// <remarks>
    /// x is read once and only the pooled result is written, with one byte for the place of each winner and its deviation from the mean,
    /// from which the backward pass gets the parameter gradients without touching x.
    /// </remarks>
    public override void BatchNormReluMaxPool(
        View x, int axis, View mean, View variance, View weight, View bias, double epsilon, PoolWindows windows, View y, View place, View saved)
    {
        if (!TryPlanes(x, axis, windows, out ChannelRows channels))
        {
            base.BatchNormReluMaxPool(x, axis, mean, variance, weight, bias, epsilon, windows, y, place, saved);
            return;
        }

        NormCoefficients coefficients = NormCoefficients.Prepare(channels, mean, variance, weight, bias, epsilon);
        RowSplit split = new(y.Count / windows.Columns.Output, (long)windows.Rows.Kernel * windows.Columns.Input, wholeRows: true);
        float* px = x.Pointer<float>(), py = y.Pointer<float>();
        switch (channels.IsPerRow, place.Exists)
        {
            case (true, true):
                WorkerPool.Shared.Run(split.PartCount, new NormPoolRows<PerRow, WithCarried>(split, channels, coefficients, windows, px, py, place, saved));
                break;
            case (true, false):
                WorkerPool.Shared.Run(split.PartCount, new NormPoolRows<PerRow, ValuesOnly>(split, channels, coefficients, windows, px, py, place, saved));
                break;
            case (false, true):
                WorkerPool.Shared.Run(split.PartCount, new NormPoolRows<PerColumn, WithCarried>(split, channels, coefficients, windows, px, py, place, saved));
                break;
            default:
                WorkerPool.Shared.Run(split.PartCount, new NormPoolRows<PerColumn, ValuesOnly>(split, channels, coefficients, windows, px, py, place, saved));
                break;
        }
    }

    /// <inheritdoc/>
    /// <remarks>
    /// Only winners have a gradient, so the sums of dweight and dbias run over the pooled tensors; then one pass reads x and writes dx.
    /// </remarks>
    public override void BatchNormReluMaxPoolBackward(
        View x, View dy, View place, View saved, int axis, View mean, View variance, View weight, double epsilon, PoolWindows windows,
        View dx, View dweight, View dbias)
    {
        if (!TryPlanes(x, axis, windows, out ChannelRows channels))
        {
            base.BatchNormReluMaxPoolBackward(x, dy, place, saved, axis, mean, variance, weight, epsilon, windows, dx, dweight, dbias);
            return;
        }

        float* pdy = dy.Pointer<float>();
        WinnerSums(channels, windows, pdy, place.Pointer<byte>(), saved.Pointer<float>(), dy.Count, variance, epsilon, dweight, dbias);
        if (!dx.Exists)
        {
            return;
        }

        NormCoefficients coefficients = NormCoefficients.PrepareBackward(channels, mean, variance, weight, dweight, dbias, epsilon);
        RowSplit split = new(dy.Count / windows.Columns.Output, (long)windows.Rows.Kernel * windows.Columns.Input, wholeRows: true);
        float* px = x.Pointer<float>(), pdx = dx.Pointer<float>();
        if (channels.IsPerRow)
        {
            WorkerPool.Shared.Run(split.PartCount, new NormPoolBackwardRows<PerRow>(split, channels, coefficients, windows, px, pdy, place.Pointer<byte>(), pdx));
        }
        else
        {
            WorkerPool.Shared.Run(split.PartCount, new NormPoolBackwardRows<PerColumn>(split, channels, coefficients, windows, px, pdy, place.Pointer<byte>(), pdx));
        }
    }

    /// <summary>
    /// Whether the fused kernels take this case: small windows that tile planes (..., H, W), and an axis outside the planes (one channel
    /// for a plane) or along their columns.
    /// </summary>
    private static bool TryPlanes(View x, int axis, PoolWindows windows, out ChannelRows channels)
    {
        ChannelSplit split = ChannelSplit.Of(x.Shape, axis);
        channels = new ChannelRows(split);
        return windows.Rows.IsTiling && windows.Columns.IsTiling && windows.PlaceType == DType.U8 && x.Count > 0
            && (channels.IsPerRow ? x.Shape.Dim(axis) < x.Shape.Rank - 2 : split.Inner == 1);
    }

    /// <summary>Sums over the winners of dy and of dy times their deviation from the mean.</summary>
    private static void WinnerSums(
        ChannelRows channels, PoolWindows windows, float* dy, byte* place, float* deviation, long count, View variance, double epsilon, View dweight, View dbias)
    {
        long pooledPlane = (long)windows.Rows.Output * windows.Columns.Output;
        RowSplit split = channels.IsPerRow
            ? new RowSplit(count / pooledPlane, pooledPlane, wholeRows: true)
            : new RowSplit(count / windows.Columns.Output, windows.Columns.Output, wholeRows: true);
        double* sums = (double*)ThreadScratch.Floats(ThreadScratch.Use.Partial, split.PartCount * channels.Coefficients * 2 * (sizeof(double) / sizeof(float)));
        if (channels.IsPerRow)
        {
            WorkerPool.Shared.Run(split.PartCount, new PlaneWinnerSums(split, channels, windows, pooledPlane, dy, place, deviation, sums));
        }
        else
        {
            WorkerPool.Shared.Run(split.PartCount, new ColumnWinnerSums(split, windows, dy, place, deviation, sums));
        }

        FinishParameterGradients(channels, sums, split.PartCount, variance, epsilon, dweight, dbias);
    }

    /// <summary>Index of the coefficients of a plane (..., H, W).</summary>
    private static long PlaneCoefficient(ChannelRows channels, PoolWindows windows, long plane) => channels.IsPerRow
        ? plane * windows.Rows.Input * windows.Columns.Input / channels.Length % channels.Split.Channels
        : 0;

    private readonly struct NormalisedElement<TPick>(NormCoefficients coefficients, long at) : IPoolMap where TPick : struct, IChannelPick<TPick>
    {
        private readonly TPick _mean = TPick.At(coefficients.Mean + at);
        private readonly TPick _scale = TPick.At(coefficients.Scale + at);
        private readonly TPick _shift = TPick.At(coefficients.Shift + at);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector256<float> Vector(Vector256<float> x, nint column, out Vector256<float> deviation)
        {
            deviation = x - _mean.Vector(column);
            return Vector256.FusedMultiplyAdd(deviation, _scale.Vector(column), _shift.Vector(column));
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public float Scalar(float x, nint column, out float deviation)
        {
            deviation = x - _mean.Scalar(column);
            return MathF.FusedMultiplyAdd(deviation, _scale.Scalar(column), _shift.Scalar(column));
        }
    }

    private readonly struct NormPoolRows<TPick, TTracking>(
        RowSplit split, ChannelRows channels, NormCoefficients coefficients, PoolWindows windows, float* x, float* y, View place, View saved) : IParallelBody
        where TPick : struct, IChannelPick<TPick> where TTracking : struct, IPoolTracking
    {
        public void Invoke(int index)
        {
            (long first, long last, _, _) = split.Part(index);
            long stride = MaxWindows<NormalisedElement<TPick>, TTracking>.Stride(windows);
            float* scratch = ThreadScratch.Floats(ThreadScratch.Use.Left, MaxWindows<NormalisedElement<TPick>, TTracking>.ScratchFloats(windows));
            for (long row = first; row < last;)
            {
                long plane = row / windows.Rows.Output, end = Math.Min(last, (plane + 1) * windows.Rows.Output);
                NormalisedElement<TPick> element = new(coefficients, PlaneCoefficient(channels, windows, plane));
                MaxWindows<NormalisedElement<TPick>, TTracking> pool = new(windows, element);
                float* start = x + (plane * windows.Rows.Input * windows.Columns.Input);
                for (int outputRow = (int)(row - (plane * windows.Rows.Output)); row < end; row++, outputRow++)
                {
                    pool.Row(start, outputRow, scratch);
                    Finish(scratch, scratch + stride, scratch + (2 * stride), row * windows.Columns.Output);
                }
            }
        }

        /// <summary>ReLU on a row of winners, then to where they belong.</summary>
        private void Finish(float* values, float* places, float* deviations, long at)
        {
            int width = windows.Columns.Output;
            Rectify(values, (int*)places, width);
            new ReadOnlySpan<float>(values, width).CopyTo(new Span<float>(y + at, width));
            if (TTracking.Carries)
            {
                StorePlaces((int*)places, place, at, width);
                new ReadOnlySpan<float>(deviations, width).CopyTo(new Span<float>(saved.Pointer<float>() + at, width));
            }
        }

        /// <summary>ReLU; the scratch reaches a vector beyond the row.</summary>
        private static void Rectify(float* values, int* places, nint count)
        {
            for (nint j = 0; j < count; j += 8)
            {
                Vector256<float> v = Vector256.Load(values + j);
                if (TTracking.Places)
                {
                    Vector256<int> passes = Vector256.GreaterThan(v, default).AsInt32();
                    Vector256.ConditionalSelect(passes, Vector256.Load(places + j), Vector256.Create(CutOff)).Store(places + j);
                }

                Vector256.ConditionalSelect(Vector256.LessThan(v, default), default, v).Store(values + j);
            }
        }
    }

    private readonly struct PlaneWinnerSums(
        RowSplit split, ChannelRows channels, PoolWindows windows, long pooledPlane, float* dy, byte* place, float* deviation, double* sums) : IParallelBody
    {
        public void Invoke(int index)
        {
            (long first, long last, _, _) = split.Part(index);
            double* own = sums + (index * channels.Coefficients * 2);
            new Span<double>(own, checked((int)channels.Coefficients * 2)).Clear();
            for (long plane = first; plane < last; plane++)
            {
                double* channel = own + (PlaneCoefficient(channels, windows, plane) * 2);
                for (long done = 0; done < pooledPlane; done += StatisticsBlock)
                {
                    long at = (plane * pooledPlane) + done;
                    Add(dy + at, place + at, deviation + at, (nint)Math.Min(StatisticsBlock, pooledPlane - done), channel);
                }
            }
        }

        private static void Add(float* dy, byte* place, float* deviation, nint count, double* sums)
        {
            Vector256<float> s0 = default, s1 = default, p0 = default, p1 = default;
            nint i = 0;
            for (; i <= count - 16; i += 16)
            {
                (Vector128<ushort> low, Vector128<ushort> high) = Vector128.Widen(Vector128.Load(place + i));
                Vector256<float> g0 = Passing(Vector256.Load(dy + i), low), g1 = Passing(Vector256.Load(dy + i + 8), high);
                s0 += g0;
                s1 += g1;
                p0 = Vector256.FusedMultiplyAdd(g0, Vector256.Load(deviation + i), p0);
                p1 = Vector256.FusedMultiplyAdd(g1, Vector256.Load(deviation + i + 8), p1);
            }

            float sum = Vector256.Sum(s0 + s1), products = Vector256.Sum(p0 + p1);
            for (; i < count; i++)
            {
                float g = place[i] == CutOff ? 0 : dy[i];
                sum += g;
                products += g * deviation[i];
            }

            sums[0] += sum;
            sums[1] += products;
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static Vector256<float> Passing(Vector256<float> dy, Vector128<ushort> place)
        {
            (Vector128<uint> low, Vector128<uint> high) = Vector128.Widen(place);
            Vector256<uint> cut = Vector256.Equals(Vector256.Create(low, high), Vector256.Create((uint)CutOff));
            return Vector256.AndNot(dy, cut.AsSingle());
        }
    }

    /// <summary>
    /// Channels along the columns: for each column of a window one row of sums, to which the windows add that were won there. Column c of
    /// window o is column o * kernel + c.
    /// </summary>
    private readonly struct ColumnWinnerSums(RowSplit split, PoolWindows windows, float* dy, byte* place, float* deviation, double* sums) : IParallelBody
    {
        public void Invoke(int index)
        {
            (long first, long last, _, _) = split.Part(index);
            (int width, int outputs, int kernel) = (windows.Columns.Input, windows.Columns.Output, windows.Columns.Kernel);
            float* part = ThreadScratch.Floats(ThreadScratch.Use.Left, 2L * kernel * outputs);
            new Span<float>(part, 2 * kernel * outputs).Clear();
            for (long row = first; row < last; row++)
            {
                AddRow(dy + (row * outputs), place + (row * outputs), deviation + (row * outputs), outputs, kernel, part);
            }

            double* own = sums + ((long)index * width * 2);
            new Span<double>(own, width * 2).Clear();
            for (int j = 0; j < outputs * kernel; j++)
            {
                float* at = part + (j % kernel * outputs) + (j / kernel);
                own[j * 2] = *at;
                own[(j * 2) + 1] = at[kernel * outputs];
            }
        }

        private static void AddRow(float* dy, byte* place, float* deviation, nint outputs, int kernel, float* sums)
        {
            nint o = 0;
            for (; o <= outputs - 8; o += 8)
            {
                AddWindows(dy, place, deviation, o, Vector256<float>.AllBitsSet, outputs, kernel, sums);
            }

            if (o < outputs && outputs >= 8)
            {
                // The last eight windows, without those that were added before.
                Vector256<int> fresh = Vector256.GreaterThanOrEqual(Vector256<int>.Indices, Vector256.Create((int)(o - (outputs - 8))));
                AddWindows(dy, place, deviation, outputs - 8, fresh.AsSingle(), outputs, kernel, sums);
                return;
            }

            for (; o < outputs; o++)
            {
                float g = place[o] == CutOff ? 0 : dy[o];
                float* at = sums + (place[o] % kernel * outputs) + o;
                *at += g;
                at[kernel * outputs] += g * deviation[o];
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static void AddWindows(
            float* dy, byte* place, float* deviation, nint o, Vector256<float> fresh, nint outputs, int kernel, float* sums)
        {
            Vector128<ushort> shorts = Vector128.WidenLower(Vector128.CreateScalarUnsafe(*(ulong*)(place + o)).AsByte());
            (Vector128<uint> low, Vector128<uint> high) = Vector128.Widen(shorts);
            Vector256<int> places = Vector256.Create(low, high).AsInt32();
            Vector256<float> passes = Vector256.AndNot(fresh, Vector256.Equals(places, Vector256.Create(CutOff)).AsSingle());
            Vector256<float> g = Vector256.Load(dy + o) & passes, product = g * Vector256.Load(deviation + o);

            // place modulo kernel, by a division in float that is exact for bytes.
            Vector256<int> rows = Vector256.ConvertToInt32((Vector256.ConvertToSingle(places) + Vector256.Create(0.5f)) * Vector256.Create(1f / kernel));
            Vector256<int> columns = places - (rows * Vector256.Create(kernel));
            float* sum = sums + o, products = sums + (kernel * outputs) + o;
            for (int c = 0; c < kernel; c++)
            {
                Vector256<float> won = Vector256.Equals(columns, Vector256.Create(c)).AsSingle();
                (Vector256.Load(sum) + (g & won)).Store(sum);
                (Vector256.Load(products) + (product & won)).Store(products);
                sum += outputs;
                products += outputs;
            }
        }
    }

    private readonly struct NormPoolBackwardRows<TPick>(
        RowSplit split, ChannelRows channels, NormCoefficients coefficients, PoolWindows windows, float* x, float* dy, byte* place, float* dx) : IParallelBody
        where TPick : struct, IChannelPick<TPick>
    {
        public void Invoke(int index)
        {
            (long first, long last, _, _) = split.Part(index);
            (PoolAxis rows, PoolAxis columns) = windows;
            nint width = columns.Input;
            WindowSpread spread = new(columns, ThreadScratch.Floats(ThreadScratch.Use.Left, WindowSpread.ScratchFloats(columns)));
            for (long row = first; row < last;)
            {
                long plane = row / rows.Output, end = Math.Min(last, (plane + 1) * rows.Output);
                BackwardPick<TPick> pick = new(coefficients, PlaneCoefficient(channels, windows, plane));
                for (int outputRow = (int)(row - (plane * rows.Output)); row < end; row++, outputRow++)
                {
                    spread.Fill(dy + (row * columns.Output), place + (row * columns.Output));
                    int top = outputRow * rows.Kernel;
                    float* rowX = x + (((plane * rows.Input) + top) * width), rowDx = dx + (((plane * rows.Input) + top) * width);
                    int bottom = outputRow == rows.Output - 1 ? rows.Input - top : rows.Kernel; // rows behind the last window have no winners
                    for (int r = 0; r < bottom; r++)
                    {
                        Row(rowX + (r * width), rowDx + (r * width), width, spread, r < rows.Kernel ? r * columns.Kernel : WindowSpread.NoRow, pick);
                    }
                }
            }
        }

        private static void Row(float* x, float* dx, nint width, WindowSpread spread, int rowPlace, BackwardPick<TPick> pick)
        {
            Vector256<int> own = Vector256.Create(rowPlace);
            if (width < 8)
            {
                for (nint c = 0; c < width; c++)
                {
                    dx[c] = pick.Scalar(x[c], spread.RowPlaces[c] == rowPlace ? spread.Gradients[c] : 0, c);
                }

                return;
            }

            // The last columns are computed first and stored last, so that they may overlap the others even where dx is x.
            Vector256<float> last = Columns(x, spread, own, pick, width - 8);
            for (nint j = 0; j <= width - 8; j += 8)
            {
                Columns(x, spread, own, pick, j).Store(dx + j);
            }

            last.Store(dx + width - 8);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static Vector256<float> Columns(float* x, WindowSpread spread, Vector256<int> own, BackwardPick<TPick> pick, nint j)
        {
            Vector256<float> winners = Vector256.Equals(Vector256.Load(spread.RowPlaces + j), own).AsSingle();
            return pick.Vector(Vector256.Load(x + j), winners & Vector256.Load(spread.Gradients + j), j);
        }
    }
}
