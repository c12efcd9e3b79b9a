using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace RawSer.Kernels;

/// <summary>What an element is before it competes for the maximum of its window.</summary>
internal interface IPoolMap
{
    /// <summary>The competing value, and a second value that is carried along with it.</summary>
    Vector256<float> Vector(Vector256<float> x, nint column, out Vector256<float> carried);

    float Scalar(float x, nint column, out float carried);
}

/// <summary>Whether a pooling keeps track of the winners or only of their values.</summary>
internal interface IPoolTracking
{
    static abstract bool Places { get; }

    static abstract bool Carries { get; }
}

/// <summary>Only values.</summary>
internal readonly struct ValuesOnly : IPoolTracking
{
    public static bool Places => false;

    public static bool Carries => false;
}

/// <summary>Values and places.</summary>
internal readonly struct WithPlaces : IPoolTracking
{
    public static bool Places => true;

    public static bool Carries => false;
}

/// <summary>Values, places and the carried value of the winner.</summary>
internal readonly struct WithCarried : IPoolTracking
{
    public static bool Places => true;

    public static bool Carries => true;
}

/// <summary>The elements themselves.</summary>
internal readonly struct PoolIdentity : IPoolMap
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector256<float> Vector(Vector256<float> x, nint column, out Vector256<float> carried) => carried = x;

    public float Scalar(float x, nint column, out float carried) => carried = x;
}

/// <summary>
/// One row of max-pooled windows in two steps: the maximum down each column of the window's rows, then across the columns. The first
/// step is a vector loop for every kind of window, the second one for windows of 1, 2, 4 or 8 columns that tile the row.
/// </summary>
internal readonly unsafe struct MaxWindows<TMap, TTracking>(PoolWindows windows, TMap map)
    where TMap : struct, IPoolMap where TTracking : struct, IPoolTracking
{
    /// <summary>Floats of scratch for <see cref="Row"/>.</summary>
    public static long ScratchFloats(PoolWindows windows) => 3L * Stride(windows);

    /// <summary>
    /// The maxima of output row <paramref name="outputRow"/> of a plane. They are left in the scratch: values first, then places (as int),
    /// then carried values, each <see cref="Stride"/> floats after the one before.
    /// </summary>
    public void Row(float* plane, int outputRow, float* scratch)
    {
        float* best = scratch, carried = scratch + (2 * Stride(windows));
        int* place = (int*)(scratch + Stride(windows));
        (int top, int height) = windows.Rows.Cells(outputRow);
        int firstPlace = (top - windows.Rows.Start(outputRow)) / windows.Rows.Dilation * windows.Columns.Kernel;
        Down(plane + ((long)top * windows.Columns.Input), (nint)windows.Rows.Dilation * windows.Columns.Input, height, firstPlace, best, place, carried);

        PoolAxis columns = windows.Columns;
        if (columns.IsTiling && columns.Kernel is 1 or 2 or 4 or 8)
        {
            for (int span = 1; span < columns.Kernel; span *= 2)
            {
                HalveColumns(best, place, carried, columns.Output * (columns.Kernel / span / 2), span);
            }
        }
        else
        {
            Across(best, place, carried);
        }
    }

    /// <summary>Distance between the parts of the scratch: a row of the input and the overhang of the last vector.</summary>
    public static long Stride(PoolWindows windows) => ((Math.Max(windows.Columns.Input, windows.Columns.Output) + 15L) / 16 * 16) + 16;

    private void Down(float* x, nint rowStride, int height, int firstPlace, float* best, int* place, float* carried)
    {
        nint width = windows.Columns.Input, j = 0;
        for (; j <= width - 8; j += 8)
        {
            DownVector(x, rowStride, height, firstPlace, best, place, carried, j);
        }

        if (j < width && width >= 8)
        {
            DownVector(x, rowStride, height, firstPlace, best, place, carried, width - 8); // some columns twice, with the same result
            return;
        }

        for (; j < width; j++)
        {
            float winner = map.Scalar(x[j], j, out float along);
            int at = firstPlace;
            for (int r = 1; r < height; r++)
            {
                float value = map.Scalar(x[(r * rowStride) + j], j, out float other);
                if (value > winner || float.IsNaN(value))
                {
                    (winner, along, at) = (value, other, firstPlace + (r * windows.Columns.Kernel));
                }
            }

            (best[j], place[j], carried[j]) = (winner, at, along);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void DownVector(float* x, nint rowStride, int height, int firstPlace, float* best, int* place, float* carried, nint j)
    {
        Vector256<float> winner = map.Vector(Vector256.Load(x + j), j, out Vector256<float> along);
        Vector256<int> at = Vector256.Create(firstPlace), candidate = at, step = Vector256.Create(windows.Columns.Kernel);
        float* p = x + j;
        for (int r = 1; r < height; r++)
        {
            p += rowStride;
            candidate += step;
            Vector256<float> value = map.Vector(Vector256.Load(p), j, out Vector256<float> other);
            Vector256<float> better = Vector256.GreaterThan(value, winner) | ~Vector256.Equals(value, value);
            winner = Vector256.ConditionalSelect(better, value, winner);
            if (TTracking.Places)
            {
                at = Vector256.ConditionalSelect(better.AsInt32(), candidate, at);
            }

            if (TTracking.Carries)
            {
                along = Vector256.ConditionalSelect(better, other, along);
            }
        }

        winner.Store(best + j);
        if (TTracking.Places)
        {
            at.Store(place + j);
        }

        if (TTracking.Carries)
        {
            along.Store(carried + j);
        }
    }

    /// <summary>
    /// Neighbouring pairs become one: element j is the winner of 2j and 2j+1, in place. Both cover <paramref name="span"/> columns. In
    /// row-major order the cell of the smaller place comes first.
    /// </summary>
    private static void HalveColumns(float* best, int* place, float* carried, int count, int span)
    {
        for (nint j = 0; j < count; j += 8)
        {
            (Vector256<float> even, Vector256<float> odd) = Deinterleave(best + (2 * j));
            Vector256<float> better = Vector256.GreaterThan(odd, even);
            Vector256<float> oddIsNaN = ~Vector256.Equals(odd, odd), evenIsNumber = Vector256.Equals(even, even);
            if (TTracking.Places)
            {
                (Vector256<float> evenBits, Vector256<float> oddBits) = Deinterleave((float*)place + (2 * j));
                Vector256<int> evenPlace = evenBits.AsInt32(), oddPlace = oddBits.AsInt32() + Vector256.Create(span);
                better |= Vector256.Equals(odd, even) & Vector256.LessThan(oddPlace, evenPlace).AsSingle();
                better |= oddIsNaN & (evenIsNumber | Vector256.GreaterThan(oddPlace, evenPlace).AsSingle());
                Vector256.ConditionalSelect(better.AsInt32(), oddPlace, evenPlace).Store(place + j);
            }
            else
            {
                better |= oddIsNaN;
            }

            Vector256.ConditionalSelect(better, odd, even).Store(best + j);
            if (TTracking.Carries)
            {
                (Vector256<float> evenCarried, Vector256<float> oddCarried) = Deinterleave(carried + (2 * j));
                Vector256.ConditionalSelect(better, oddCarried, evenCarried).Store(carried + j);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector256<float> Even, Vector256<float> Odd) Deinterleave(float* p)
    {
        Vector256<float> low = Vector256.Shuffle(Vector256.Load(p), Vector256.Create(0, 2, 4, 6, 1, 3, 5, 7));
        Vector256<float> high = Vector256.Shuffle(Vector256.Load(p + 8), Vector256.Create(0, 2, 4, 6, 1, 3, 5, 7));
        return (Vector256.Create(low.GetLower(), high.GetLower()), Vector256.Create(low.GetUpper(), high.GetUpper()));
    }

    /// <summary>Any windows, one after the other. Windows may overlap what is written, so the winners go through the row's last part.</summary>
    private void Across(float* best, int* place, float* carried)
    {
        PoolAxis columns = windows.Columns;
        float* results = ThreadScratch.Floats(ThreadScratch.Use.Result, 3L * columns.Output);
        for (int o = 0; o < columns.Output; o++)
        {
            (int first, int count) = columns.Cells(o);
            int firstColumn = (first - columns.Start(o)) / columns.Dilation;
            int winner = first, at = place[first] + firstColumn;
            for (int c = 1; c < count; c++)
            {
                int j = first + (c * columns.Dilation), candidate = place[j] + firstColumn + c;
                bool better = float.IsNaN(best[j])
                    ? !float.IsNaN(best[winner]) || candidate > at
                    : best[j] > best[winner] || (best[j] == best[winner] && candidate < at);
                if (better)
                {
                    (winner, at) = (j, candidate);
                }
            }

            results[o] = best[winner];
            ((int*)results)[columns.Output + o] = at;
            results[(2 * columns.Output) + o] = carried[winner];
        }

        long bytes = columns.Output * sizeof(float);
        Buffer.MemoryCopy(results, best, bytes, bytes);
        Buffer.MemoryCopy(results + columns.Output, place, bytes, bytes);
        Buffer.MemoryCopy(results + (2 * columns.Output), carried, bytes, bytes);
    }
}
