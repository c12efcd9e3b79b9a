namespace RawSer.Kernels;

/// <summary>How the windows of a pooling lie along one dimension.</summary>
/// <param name="Input">Extent of the input.</param>
/// <param name="Output">Number of windows.</param>
/// <param name="Kernel">Cells of a window; 0 when windows adapt: window i then covers [floor(i*in/out), ceil((i+1)*in/out)).</param>
/// <param name="Stride">Distance between windows.</param>
/// <param name="Before">Padding before the first cell.</param>
/// <param name="After">Padding after the last cell.</param>
/// <param name="Dilation">Distance between the cells of a window.</param>
public readonly record struct PoolAxis(int Input, int Output, int Kernel, int Stride, int Before, int After, int Dilation)
{
    /// <summary>True when the windows adapt to a given number of outputs.</summary>
    public bool IsAdaptive => Kernel == 0;

    /// <summary>True for windows without padding and gaps that follow each other and cover each cell at most once.</summary>
    public bool IsTiling => !IsAdaptive && Stride == Kernel && Before == 0 && Dilation == 1 && (long)Output * Kernel <= Input;

    /// <summary>
    /// PyTorch's windows: <c>out = floor((in + 2*padding - dilation*(kernel-1) - 1) / stride) + 1</c>, or with the ceiling instead of the
    /// floor, less a last window that would start in the padding behind the input.
    /// </summary>
    /// <exception cref="ArgumentException">A parameter is out of range, or the window is larger than the padded input.</exception>
    public static PoolAxis Windows(int input, int kernel, int stride, int padding = 0, int dilation = 1, bool ceiling = false)
    {
        if (kernel < 1 || stride < 1 || dilation < 1)
        {
            throw new ArgumentException($"pooling: kernel {kernel}, stride {stride}, dilation {dilation}: each must be at least 1");
        }

        if (padding < 0 || padding > kernel / 2)
        {
            throw new ArgumentException($"pooling: padding {padding} must be between 0 and half the kernel ({kernel / 2})");
        }

        long room = input + (2L * padding) - ((long)dilation * (kernel - 1)) - 1;
        if (room < 0)
        {
            throw new ArgumentException(
                $"pooling: kernel {kernel} with dilation {dilation} does not fit an extent of {input} with padding {padding} (needs {(dilation * (kernel - 1L)) + 1})");
        }

        long output = (ceiling ? (room + stride - 1) / stride : room / stride) + 1;
        if (ceiling && (output - 1) * stride >= input + padding)
        {
            output--;
        }

        PoolAxis axis = new(input, checked((int)output), kernel, stride, padding, padding, dilation);
        for (int window = 0; window < output && axis.Start(window) < 0; window++)
        {
            if (axis.Cells(window).Count == 0)
            {
                throw new ArgumentException(
                    $"pooling: kernel {kernel} with dilation {dilation} and padding {padding} has no cell inside an extent of {input}; use less padding or dilation");
            }
        }

        return axis;
    }

    /// <summary>TensorFlow's 'same': <c>out = ceil(in / stride)</c>; an odd cell of padding goes behind.</summary>
    public static PoolAxis Same(int input, int kernel, int stride)
    {
        if (kernel < 1 || stride < 1)
        {
            throw new ArgumentException($"pooling: kernel {kernel}, stride {stride}: each must be at least 1");
        }

        int output = (input + stride - 1) / stride;
        int padding = Math.Max(((output - 1) * stride) + kernel - input, 0);
        return new PoolAxis(input, output, kernel, stride, padding / 2, padding - (padding / 2), 1);
    }

    /// <summary><paramref name="output"/> windows that cover the input.</summary>
    public static PoolAxis Adaptive(int input, int output) => output >= 1 && input >= 1
        ? new PoolAxis(input, output, 0, 0, 0, 0, 1)
        : throw new ArgumentException($"adaptive pooling: from {input} to {output} cells: each must be at least 1");

    /// <summary>The dimension of a pooling that works along the other one: every window is one cell.</summary>
    public static PoolAxis None(int input) => new(input, input, 1, 1, 0, 0, 1);

    /// <summary>Input cell of the first cell of a window; negative in the padding.</summary>
    public int Start(int window) => IsAdaptive ? (int)((long)window * Input / Output) : (window * Stride) - Before;

    /// <summary>The cells of a window that lie inside the input: first, and how many, in steps of the dilation.</summary>
    public (int First, int Count) Cells(int window)
    {
        int start = Start(window);
        if (IsAdaptive)
        {
            return (start, (int)((((window + 1L) * Input) + Output - 1) / Output) - start);
        }

        int skipped = start < 0 ? (-start + Dilation - 1) / Dilation : 0;
        int first = start + (skipped * Dilation);
        int fitting = first >= Input ? 0 : (Input - 1 - first) / Dilation + 1;
        return (first, Math.Min(fitting, Kernel - skipped));
    }

    /// <summary>Cells of a window of dilation 1 that lie inside the input or its padding: what an average that counts padding divides by.</summary>
    public int PaddedCount(int window)
    {
        int start = Start(window);
        return IsAdaptive ? Cells(window).Count : Math.Min(start + Kernel, Input + After) - start;
    }
}
