using System.Runtime.Intrinsics;

namespace RawSer.Kernels;

/// <summary>
/// A row of pooled gradients spread to the columns of the windows: <see cref="Gradients"/>[j] is the gradient of the window that column
/// j belongs to, and <see cref="RowPlaces"/>[j] is <c>row * Kernel</c> if column j won in that row of the window, else a number that is no
/// multiple of a row.
/// </summary>
internal readonly unsafe struct WindowSpread
{
    /// <summary>A row that has no winners.</summary>
    public const int NoRow = int.MinValue;

    private readonly PoolAxis _columns;

    public WindowSpread(PoolAxis columns, float* scratch)
    {
        _columns = columns;
        Gradients = scratch;
        RowPlaces = (int*)(scratch + (ScratchFloats(columns) / 2));

        // Columns behind the last window have no winner; Fill does not reach them unless they lie in its last vector.
        new Span<int>(RowPlaces, checked((int)(ScratchFloats(columns) / 2))).Fill(-1);
    }

    public float* Gradients { get; }

    public int* RowPlaces { get; }

    /// <summary>Both rows, each with room for the overhang of the last vector.</summary>
    public static long ScratchFloats(PoolAxis columns) => 2L * (((columns.Input + 15) / 16 * 16) + (8 * columns.Kernel) + 16);

    /// <summary>Spreads a row of gradients and places.</summary>
    public void Fill(float* gradients, byte* places)
    {
        int count = _columns.Output, kernel = _columns.Kernel;
        if (kernel is not (1 or 2 or 4 or 8))
        {
            for (int j = 0; j < count * kernel; j++)
            {
                Gradients[j] = gradients[j / kernel];
                RowPlaces[j] = places[j / kernel] - (j % kernel);
            }

            return;
        }

        new ReadOnlySpan<float>(gradients, count).CopyTo(new Span<float>(Gradients, count));
        WidenBytes(places, RowPlaces, count);
        for (int copies = 1; copies < kernel; copies *= 2)
        {
            Duplicate(Gradients, count * copies);
            Duplicate((float*)RowPlaces, count * copies);
        }

        Vector256<int> columnInWindow = Vector256.Create(0, 1, 2, 3, 4, 5, 6, 7) & Vector256.Create(kernel - 1);
        int covered = count * kernel;
        for (int j = 0; j < covered; j += 8)
        {
            (Vector256.Load(RowPlaces + j) - columnInWindow).Store(RowPlaces + j);
        }

        for (int j = covered; j < Math.Min(covered + 16, _columns.Input); j++)
        {
            RowPlaces[j] = -1;
        }
    }

    /// <summary>Elements j become 2j and 2j+1, in place, from the last to the first.</summary>
    private static void Duplicate(float* p, nint count)
    {
        for (nint j = (count - 1) / 8 * 8; j >= 0; j -= 8)
        {
            Vector256<float> v = Vector256.Load(p + j);
            Vector256.Shuffle(v, Vector256.Create(0, 0, 1, 1, 2, 2, 3, 3)).Store(p + (2 * j));
            Vector256.Shuffle(v, Vector256.Create(4, 4, 5, 5, 6, 6, 7, 7)).Store(p + (2 * j) + 8);
        }
    }

    private static void WidenBytes(byte* from, int* to, int count)
    {
        int i = 0;
        for (; i <= count - 16; i += 16)
        {
            (Vector128<ushort> low, Vector128<ushort> high) = Vector128.Widen(Vector128.Load(from + i));
            Vector256.Widen(Vector256.Create(low, high)).Lower.Store((uint*)to + i);
            Vector256.Widen(Vector256.Create(low, high)).Upper.Store((uint*)to + i + 8);
        }

        for (; i < count; i++)
        {
            to[i] = from[i];
        }
    }
}
