using RawSer.Gpu.Dialect;

namespace RawSer.Kernels;

/// <summary>A number of taps that a kernel unrolls.</summary>
internal interface ITaps
{
    /// <summary>The number.</summary>
    static abstract int Count { get; }

    /// <summary>Taps of a row of the window, or 0 where a launch says that and leaves some of the taps out.</summary>
    static abstract int Columns { get; }
}

/// <summary>3 x 3.</summary>
internal readonly struct NineTaps : ITaps
{
    public static int Count => 9;

    public static int Columns => 3;
}

/// <summary>Up to sixteen, of any shape.</summary>
internal readonly struct SixteenTaps : ITaps
{
    public static int Count => 16;

    public static int Columns => 0;
}

/// <summary>Brings the inputs under a window of a single channel to registers.</summary>
internal static class TapWindow<TTaps> where TTaps : struct, ITaps
{
    /// <summary>Whether a window has these taps.</summary>
    public static bool Takes(ConvSweep sweep) => TTaps.Columns == 0 ? sweep.Taps <= TTaps.Count : sweep.W.Taps == TTaps.Columns && sweep.Taps == TTaps.Count;

    /// <param name="input">The input.</param>
    /// <param name="window">One element for each tap; zeros outside of the image and beyond the last tap.</param>
    /// <param name="sweep">The windows.</param>
    /// <param name="at">What tap (0, 0) reads.</param>
    /// <param name="row">Its row; may lie outside of the image.</param>
    /// <param name="column">Its column.</param>
    [Unroll]
    public static void Load(ArrayView<float> input, ArrayView<float> window, ConvSweep sweep, int at, int row, int column)
    {
        if (TTaps.Columns == 0)
        {
            LoadAny(input, window, sweep, at, row, column);
            return;
        }

        for (int i = 0; i < TTaps.Count / TTaps.Columns; i++)
        {
            bool rowInside = (uint)(row + (i * sweep.H.TapStep)) < (uint)sweep.H.Inputs;
            for (int j = 0; j < TTaps.Columns; j++)
            {
                bool inside = rowInside & (uint)(column + (j * sweep.W.TapStep)) < (uint)sweep.W.Inputs;
                float value = 0;
                if (inside)
                {
                    value = input[at + (i * sweep.H.TapStep * sweep.In.Row) + (j * sweep.W.TapStep * sweep.In.Column)];
                }

                window[(i * TTaps.Columns) + j] = value;
            }
        }
    }

    [Unroll]
    private static void LoadAny(ArrayView<float> input, ArrayView<float> window, ConvSweep sweep, int at, int row, int column)
    {
        int tapColumn = 0;
        for (int t = 0; t < TTaps.Count; t++)
        {
            float value = 0;
            if (t < sweep.Taps && (uint)row < (uint)sweep.H.Inputs && (uint)column < (uint)sweep.W.Inputs)
            {
                value = input[at];
            }

            window[t] = value;
            tapColumn++;
            column += sweep.W.TapStep;
            at += sweep.W.TapStep * sweep.In.Column;
            if (tapColumn == sweep.W.Taps)
            {
                tapColumn = 0;
                column -= sweep.W.Taps * sweep.W.TapStep;
                row += sweep.H.TapStep;
                at += (sweep.H.TapStep * sweep.In.Row) - (sweep.W.Taps * sweep.W.TapStep * sweep.In.Column);
            }
        }
    }
}
