namespace RawSer.Kernels;

/// <summary>
/// One axis of a convolution on a device: output q is a sum over taps t of the input at <c>Origin + q * Step + t * TapStep</c>, multiplied
/// with kernel element <c>FirstTap + t * TapStride</c>, and stands at place <c>FirstPlace + q * PlaceStep</c>. The forward pass is one such
/// axis; its gradient for the input is one for each residue of the padded place modulo the stride.
/// </summary>
/// <param name="Outputs">Number of outputs.</param>
/// <param name="Inputs">Extent of the input; beyond it are zeros.</param>
/// <param name="Origin">What tap 0 of output 0 reads.</param>
/// <param name="Step">Distance between outputs in the input.</param>
/// <param name="Taps">Number of taps.</param>
/// <param name="TapStep">Distance between taps in the input.</param>
/// <param name="FirstTap">Kernel element of tap 0.</param>
/// <param name="TapStride">Distance between taps in the kernel.</param>
/// <param name="FirstPlace">Where output 0 stands.</param>
/// <param name="PlaceStep">Distance between outputs in memory.</param>
internal readonly record struct SweepAxis(
    int Outputs, int Inputs, int Origin, int Step, int Taps, int TapStep, int FirstTap, int TapStride, int FirstPlace, int PlaceStep)
{
    /// <summary>Convolution: tap k of output q reads <c>stride * q + dilation * k - pad</c>.</summary>
    public static SweepAxis Forward(int inputs, int outputs, int kernel, int stride, int pad, int dilation) =>
        new(outputs, inputs, -pad, stride, kernel, dilation, 0, 1, 0, 1);

    /// <summary>
    /// Transposed convolution for the places p with <c>(p + pad) % stride == residue</c>: they get kernel elements k with
    /// <c>k * dilation = residue + stride * t</c>, from input <c>(p + pad - residue) / stride - t</c>.
    /// </summary>
    /// <param name="inputs">Extent of the gradient dy, the input here.</param>
    /// <param name="places">Extent of dx, the output here.</param>
    /// <param name="kernel">Kernel extent.</param>
    /// <param name="stride">Stride of the convolution.</param>
    /// <param name="pad">Padding of the convolution.</param>
    /// <param name="dilation">Dilation of the convolution.</param>
    /// <param name="residue">From 0 to stride - 1.</param>
    public static SweepAxis Transposed(int inputs, int places, int kernel, int stride, int pad, int dilation, int residue)
    {
        int first = pad <= residue ? 0 : (pad - residue + stride - 1) / stride;
        int end = places + pad - residue <= 0 ? 0 : (places - 1 + pad - residue) / stride + 1;
        int tapStride = stride / GreatestCommonDivisor(stride, dilation);
        int tap = 0;
        while (tap < Math.Min(kernel, tapStride) && tap * dilation % stride != residue)
        {
            tap++;
        }

        bool any = tap < Math.Min(kernel, tapStride);
        return new(
            Math.Max(0, end - first), inputs, first - (any ? ((tap * dilation) - residue) / stride : 0), 1,
            any ? ((kernel - 1 - tap) / tapStride) + 1 : 0, -(tapStride * dilation / stride), any ? tap : 0, tapStride, (stride * first) + residue - pad, stride);
    }

    private static int GreatestCommonDivisor(int a, int b) => b == 0 ? a : GreatestCommonDivisor(b, a % b);
}

/// <summary>
/// A convolution, or a part of its gradient for the input, as a device kernel receives it: <c>out[b, row, place] = sum over channels and
/// taps of kernels[row, channel, tap] * in[b, channel, ...]</c> within each group. Positions are the outputs of all images, columns first.
/// </summary>
internal readonly struct ConvSweep
{
    public readonly SweepAxis H;
    public readonly SweepAxis W;

    /// <summary>Input channels of a group.</summary>
    public readonly int Channels;

    /// <summary>Output channels of a group.</summary>
    public readonly int Rows;

    /// <summary>Outputs of all images.</summary>
    public readonly int Positions;

    /// <summary>Strides of the input.</summary>
    public readonly ImageStrides In;

    /// <summary>Strides of the output.</summary>
    public readonly ImageStrides Out;

    private readonly DeviceDivisor _columns;
    private readonly DeviceDivisor _lines;
    private readonly DeviceDivisor _tapColumns;

    /// <exception cref="NotSupportedException">There are more positions than 32 bits can count.</exception>
    public ConvSweep(SweepAxis h, SweepAxis w, int batch, int channels, int rows, ImageStrides input, ImageStrides output)
    {
        long positions = (long)batch * h.Outputs * w.Outputs;
        if (positions > DeviceViews.MostElements)
        {
            throw new NotSupportedException(FormattableString.Invariant($"a convolution on a device has {positions:N0} output positions: at most {DeviceViews.MostElements:N0} are supported"));
        }

        (H, W, Channels, Rows, In, Out, Positions) = (h, w, channels, rows, input, output, (int)positions);
        _columns = new(Math.Max(1, w.Outputs));
        _lines = new(Math.Max(1, h.Outputs));
        _tapColumns = new(Math.Max(1, w.Taps));
    }

    /// <summary>Taps of a window.</summary>
    public int Taps => H.Taps * W.Taps;

    /// <summary>The image of a position, and which output of its axes it is.</summary>
    public int Locate(int position, out int h, out int w) => _lines.Divide(_columns.Divide(position, out w), out h);

    /// <summary>The image of a line of outputs, and which line of it that is.</summary>
    public int Image(int line, out int h) => _lines.Divide(line, out h);

    /// <summary>The row of a tap in the window, and its column.</summary>
    public int TapRow(int tap, out int column) => _tapColumns.Divide(tap, out column);

    /// <summary>What tap (0, 0) of a position reads, counted from the image's first element; it may lie outside.</summary>
    public int Input(int h, int w) => (InputRow(h) * In.Row) + (InputColumn(w) * In.Column);

    /// <summary>Row of the input that tap row 0 of an output reads.</summary>
    public int InputRow(int h) => (h * H.Step) + H.Origin;

    /// <summary>Column of the input that tap column 0 of an output reads.</summary>
    public int InputColumn(int w) => (w * W.Step) + W.Origin;

    /// <summary>Where the result of a position stands, counted from the channel's first element of image 0.</summary>
    public int Place(int position)
    {
        int image = Locate(position, out int h, out int w);
        return (image * Out.Batch) + (((h * H.PlaceStep) + H.FirstPlace) * Out.Row) + (((w * W.PlaceStep) + W.FirstPlace) * Out.Column);
    }
}

/// <summary>Strides of images (B, C, H, W), in elements.</summary>
internal readonly record struct ImageStrides(int Batch, int Channel, int Row, int Column)
{
    /// <summary>The strides of a view, whose storage a device kernel can index by 32 bits.</summary>
    /// <exception cref="NotSupportedException">The storage is too large for that.</exception>
    public static ImageStrides Of(View images)
    {
        long elements = images.Storage.ByteLength / images.DType.Size();
        return elements <= DeviceViews.MostElements
            ? new((int)images.Strides[0], (int)images.Strides[1], (int)images.Strides[2], (int)images.Strides[3])
            : throw new NotSupportedException(
                FormattableString.Invariant($"a device kernel was given images of shape {images.Shape} in a storage of {elements:N0} elements: at most {DeviceViews.MostElements:N0} are supported"));
    }
}
