using RawSer.Kernels;

namespace RawSer;

/// <summary>How a convolution kernel moves along one axis.</summary>
/// <param name="Stride">Distance of neighbouring outputs in the input, at least 1.</param>
/// <param name="PadBefore">Zeros before the input.</param>
/// <param name="PadAfter">Zeros behind the input.</param>
/// <param name="Dilation">Distance of neighbouring kernel elements in the input, at least 1.</param>
public readonly record struct ConvWindow(int Stride, int PadBefore, int PadAfter, int Dilation)
{
    /// <summary>The same number of zeros on both sides.</summary>
    public static ConvWindow Of(int stride = 1, int padding = 0, int dilation = 1) => new(stride, padding, padding, dilation);

    /// <summary>Padding that keeps the extent, stride 1 (PyTorch's <c>padding='same'</c>): an odd zero goes behind the input.</summary>
    public static ConvWindow Same(int kernel, int dilation = 1)
    {
        int total = (kernel - 1) * dilation;
        return new(1, total / 2, total - (total / 2), dilation);
    }

    /// <summary>TensorFlow's 'same': output extent <c>ceil(extent / stride)</c>; an odd zero goes behind the input.</summary>
    public static ConvWindow TensorFlowSame(int extent, int kernel, int stride, int dilation = 1)
    {
        int outputs = (extent + stride - 1) / stride;
        int total = Math.Max(0, ((outputs - 1) * stride) + ((kernel - 1) * dilation) + 1 - extent);
        return new(stride, total / 2, total - (total / 2), dilation);
    }

    /// <summary>Keras' 'causal' padding: all zeros before the input, so that no output sees what comes after it.</summary>
    public static ConvWindow Causal(int kernel, int stride = 1, int dilation = 1) => new(stride, (kernel - 1) * dilation, 0, dilation);

    /// <summary>TensorFlow's 'same' with the stride and dilation of this window.</summary>
    internal ConvWindow SameFor(int extent, int kernel) => TensorFlowSame(extent, kernel, Stride, Dilation);

    /// <summary>Output extent of a convolution; less than 1 if the kernel does not fit.</summary>
    internal int Outputs(int extent, int kernel)
    {
        int room = extent + PadBefore + PadAfter - ((kernel - 1) * Dilation) - 1;
        return room < 0 ? 0 : (room / Stride) + 1;
    }

    /// <summary>Output extent of a transposed convolution.</summary>
    internal int TransposedOutputs(int extent, int kernel, int outputPadding) =>
        ((extent - 1) * Stride) - PadBefore - PadAfter + ((kernel - 1) * Dilation) + outputPadding + 1;

    internal void Check(string op)
    {
        if (Stride < 1 || Dilation < 1 || PadBefore < 0 || PadAfter < 0)
        {
            throw new ArgumentException($"{op}: stride {Stride}, padding {PadBefore} and {PadAfter}, dilation {Dilation}; expected stride and dilation of at least 1 and padding of at least 0");
        }
    }

    internal static ConvGeometry Geometry(ConvWindow height, ConvWindow width, int groups) =>
        new(height.Stride, width.Stride, height.PadBefore, width.PadBefore, height.Dilation, width.Dilation, groups);
}
