namespace RawSer.Kernels;

/// <summary>
/// A sliding window along one axis: output q is a sum over taps t of the input at <c>Stride * (q + Shift[t]) + Phase[t] - Pad</c>, with
/// <c>0 &lt;= Phase[t] &lt; Stride</c>. If the input is split into its phases (every Stride-th element from Phase on), each tap reads a run of
/// neighbours whatever the stride and dilation. Output q is stored at <c>OutputStart + q * OutputStep</c>.
/// </summary>
internal sealed class WindowAxis
{
    private WindowAxis(int inputs, int outputs, int stride, int pad, int outputStart, int outputStep, int[] taps, int[] shift, int[] phase)
    {
        Inputs = inputs;
        Outputs = outputs;
        Stride = stride;
        Pad = pad;
        OutputStart = outputStart;
        OutputStep = outputStep;
        Taps = taps;
        Shift = shift;
        Phase = phase;
        foreach (int s in shift)
        {
            MaxShift = Math.Max(MaxShift, s);
        }

        foreach (int p in phase)
        {
            Phases = Math.Max(Phases, p + 1);
        }
    }

    public int Inputs { get; }

    public int Outputs { get; }

    public int Stride { get; }

    public int Pad { get; }

    public int OutputStart { get; }

    public int OutputStep { get; }

    /// <summary>Kernel index of each tap.</summary>
    public int[] Taps { get; }

    public int[] Shift { get; }

    public int[] Phase { get; }

    public int MaxShift { get; }

    /// <summary>Phases that are stored; at least 1.</summary>
    public int Phases { get; } = 1;

    /// <summary>Convolution: tap k reads <c>stride * q + k * dilation - pad</c>.</summary>
    public static WindowAxis Forward(int inputs, int outputs, int kernel, int stride, int pad, int dilation)
    {
        int[] taps = new int[kernel], shift = new int[kernel], phase = new int[kernel];
        for (int k = 0; k < kernel; k++)
        {
            taps[k] = k;
            (shift[k], phase[k]) = Math.DivRem(k * dilation, stride);
        }

        return new(inputs, outputs, stride, pad, 0, 1, taps, shift, phase);
    }

    /// <summary>
    /// Transposed convolution, one window per residue r of the padded place modulo the stride: place <c>stride * q + r - pad</c> gets
    /// contributions of those kernel elements k with <c>k * dilation = r + stride * t</c>, from input <c>q - t</c>.
    /// </summary>
    /// <param name="inputs">Extent of the gradient dy, the input here.</param>
    /// <param name="places">Extent of dx, the output here.</param>
    /// <param name="kernel">Kernel extent.</param>
    /// <param name="stride">Stride of the convolution.</param>
    /// <param name="pad">Padding of the convolution.</param>
    /// <param name="dilation">Dilation of the convolution.</param>
    public static List<WindowAxis> Transposed(int inputs, int places, int kernel, int stride, int pad, int dilation)
    {
        List<WindowAxis> windows = [];
        for (int r = 0; r < stride; r++)
        {
            int first = pad <= r ? 0 : (pad - r + stride - 1) / stride;
            int last = places - 1 + pad - r < 0 ? -1 : (places - 1 + pad - r) / stride;
            if (last < first)
            {
                continue;
            }

            int[] taps = [.. Enumerable.Range(0, kernel).Where(k => k * dilation % stride == r)];
            int[] back = Array.ConvertAll(taps, k => ((k * dilation) - r) / stride);
            int reach = back.Length == 0 ? 0 : back[^1];
            int[] shift = Array.ConvertAll(back, t => reach - t);
            windows.Add(new(inputs, last - first + 1, 1, reach - first, (stride * first) + r - pad, stride, taps, shift, new int[taps.Length]));
        }

        return windows;
    }
}
