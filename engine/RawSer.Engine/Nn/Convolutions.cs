using RawSer.Kernels;

namespace RawSer.Nn;

/// <summary>
/// Two-dimensional convolution: (B, C, H, W) to (B, O, OH, OW). Parameters <c>weight</c> (O, C / groups, KH, KW) and <c>bias</c> (O).
/// </summary>
public sealed class Conv2d : Module
{
    private readonly ConvWindow _height;
    private readonly ConvWindow _width;
    private readonly bool _same;
    private readonly int _groups;
    private PackedConvolution? _packed;

    /// <summary>A convolution with a square kernel and the same window along both axes.</summary>
    public Conv2d(int inputs, int outputs, int kernel, int stride = 1, int padding = 0, int dilation = 1, int groups = 1, bool bias = true)
        : this(inputs, outputs, (kernel, kernel), ConvWindow.Of(stride, padding, dilation), ConvWindow.Of(stride, padding, dilation), groups, bias)
    {
    }

    /// <summary>A convolution with windows of its own along each axis.</summary>
    /// <param name="inputs">C.</param>
    /// <param name="outputs">O.</param>
    /// <param name="kernel">KH and KW.</param>
    /// <param name="height">Stride, padding and dilation of rows.</param>
    /// <param name="width">Stride, padding and dilation of columns.</param>
    /// <param name="groups">Divides C and O.</param>
    /// <param name="bias">Whether there is a bias.</param>
    /// <param name="same">TensorFlow's padding 'same', whatever the input's extent, instead of the windows' own.</param>
    public Conv2d(int inputs, int outputs, Pair kernel, ConvWindow height, ConvWindow width, int groups = 1, bool bias = true, bool same = false)
    {
        ConvolutionShapes.CheckGroups("conv2d", inputs, outputs, groups);
        (_height, _width, _groups, _same) = (height, width, groups, same);
        Weight = Parameter("weight", [outputs, inputs / groups, kernel.Rows, kernel.Columns]);
        Bias = bias ? Parameter("bias", [outputs]) : null;
    }

    /// <summary>(O, C / groups, KH, KW).</summary>
    public Tensor Weight { get; }

    /// <summary>(O), or null.</summary>
    public Tensor? Bias { get; }

    /// <summary>Parts that the channels are divided into.</summary>
    internal int Groups => _groups;

    /// <inheritdoc/>
    protected override long OwnPackedBytes => _packed?.ByteLength ?? 0;

    /// <summary>The convolution followed by ReLU, in one pass over the result.</summary>
    public Tensor ForwardRelu(Tensor input) => Forward(input, relu: true);

    /// <summary>The convolution followed by ReLU and max pooling, in inference in one pass.</summary>
    public Tensor ForwardReluMaxPool(Tensor input, PoolOptions pool)
    {
        if (Bias is null)
        {
            return Forward(input, relu: true).MaxPool2d(pool);
        }

        (ConvWindow height, ConvWindow width) = Windows(input);
        return input.Conv2dReluMaxPool(Weight, Bias, height, width, pool, _groups, _packed);
    }

    /// <inheritdoc/>
    protected internal override void PackCore(bool keepOriginals)
    {
        UnpackCore();
        _packed = Weight.PackConvolution(_height, _width, _groups);
        if (_packed is not null && !keepOriginals)
        {
            GiveUpOriginal(Weight);
        }
    }

    /// <inheritdoc/>
    protected internal override void UnpackCore()
    {
        _packed?.Dispose();
        _packed = null;
    }

    /// <inheritdoc/>
    protected override Tensor ForwardCore(Tensor input) => Forward(input, relu: false);

    /// <inheritdoc/>
    protected override void Initialize(ParameterInit init) => init.FillLayer(Weight, Bias, Fans.Convolution(Weight.Shape));

    private Tensor Forward(Tensor input, bool relu)
    {
        (ConvWindow height, ConvWindow width) = Windows(input);
        return input.Conv2d(Weight, Bias, height, width, _groups, relu, _packed);
    }

    /// <summary>The windows along both axes of an input.</summary>
    internal (ConvWindow Height, ConvWindow Width) Windows(Tensor input) => _same && input.Rank == 4
        ? (_height.SameFor(input.Shape[2], Weight.Shape[2]), _width.SameFor(input.Shape[3], Weight.Shape[3]))
        : (_height, _width);
}

/// <summary>One-dimensional convolution: (B, C, L) to (B, O, OL). Parameters <c>weight</c> (O, C / groups, K) and <c>bias</c> (O).</summary>
public sealed class Conv1d : Module
{
    private readonly ConvWindow _window;
    private readonly bool _same;
    private readonly int _groups;

    /// <summary>A convolution with the same padding on both sides.</summary>
    public Conv1d(int inputs, int outputs, int kernel, int stride = 1, int padding = 0, int dilation = 1, int groups = 1, bool bias = true)
        : this(inputs, outputs, kernel, ConvWindow.Of(stride, padding, dilation), groups, bias)
    {
    }

    /// <summary>A convolution with any window.</summary>
    /// <param name="inputs">C.</param>
    /// <param name="outputs">O.</param>
    /// <param name="kernel">K.</param>
    /// <param name="window">Stride, padding and dilation.</param>
    /// <param name="groups">Divides C and O.</param>
    /// <param name="bias">Whether there is a bias.</param>
    /// <param name="same">TensorFlow's padding 'same', whatever the input's extent, instead of the window's own.</param>
    public Conv1d(int inputs, int outputs, int kernel, ConvWindow window, int groups = 1, bool bias = true, bool same = false)
    {
        ConvolutionShapes.CheckGroups("conv1d", inputs, outputs, groups);
        (_window, _groups, _same) = (window, groups, same);
        Weight = Parameter("weight", [outputs, inputs / groups, kernel]);
        Bias = bias ? Parameter("bias", [outputs]) : null;
    }

    /// <summary>(O, C / groups, K).</summary>
    public Tensor Weight { get; }

    /// <summary>(O), or null.</summary>
    public Tensor? Bias { get; }

    /// <inheritdoc/>
    protected override Tensor ForwardCore(Tensor input)
    {
        ConvWindow window = _same && input.Rank == 3 ? _window.SameFor(input.Shape[2], Weight.Shape[2]) : _window;
        return input.Conv1d(Weight, Bias, window, _groups);
    }

    /// <inheritdoc/>
    protected override void Initialize(ParameterInit init) => init.FillLayer(Weight, Bias, Fans.Convolution(Weight.Shape));
}

/// <summary>
/// Transposed two-dimensional convolution: (B, C, H, W) to (B, O, OH, OW). Parameters <c>weight</c> (C, O / groups, KH, KW) and <c>bias</c> (O).
/// </summary>
public sealed class ConvTranspose2d : Module
{
    private readonly ConvWindow _window;
    private readonly int _outputPadding;
    private readonly int _groups;
    private readonly Tensor _weight;
    private readonly Tensor? _bias;

    /// <summary>A transposed convolution with a square kernel.</summary>
    public ConvTranspose2d(
        int inputs, int outputs, int kernel, int stride = 1, int padding = 0, int outputPadding = 0, int groups = 1, bool bias = true, int dilation = 1)
    {
        ConvolutionShapes.CheckGroups("conv_transpose2d", inputs, outputs, groups);
        (_window, _outputPadding, _groups) = (ConvWindow.Of(stride, padding, dilation), outputPadding, groups);
        _weight = Parameter("weight", [inputs, outputs / groups, kernel, kernel]);
        _bias = bias ? Parameter("bias", [outputs]) : null;
    }

    /// <inheritdoc/>
    protected override Tensor ForwardCore(Tensor input) =>
        input.ConvTranspose2d(_weight, _bias, _window, _window, _outputPadding, _outputPadding, _groups);

    /// <inheritdoc/>
    protected override void Initialize(ParameterInit init) => init.FillLayer(_weight, _bias, Fans.Convolution(_weight.Shape));
}

/// <summary>Transposed one-dimensional convolution: (B, C, L) to (B, O, OL). Parameters <c>weight</c> (C, O / groups, K) and <c>bias</c> (O).</summary>
public sealed class ConvTranspose1d : Module
{
    private readonly ConvWindow _window;
    private readonly int _outputPadding;
    private readonly int _groups;
    private readonly Tensor _weight;
    private readonly Tensor? _bias;

    /// <summary>A transposed convolution.</summary>
    public ConvTranspose1d(
        int inputs, int outputs, int kernel, int stride = 1, int padding = 0, int outputPadding = 0, int groups = 1, bool bias = true, int dilation = 1)
    {
        ConvolutionShapes.CheckGroups("conv_transpose1d", inputs, outputs, groups);
        (_window, _outputPadding, _groups) = (ConvWindow.Of(stride, padding, dilation), outputPadding, groups);
        _weight = Parameter("weight", [inputs, outputs / groups, kernel]);
        _bias = bias ? Parameter("bias", [outputs]) : null;
    }

    /// <inheritdoc/>
    protected override Tensor ForwardCore(Tensor input) => input.ConvTranspose1d(_weight, _bias, _window, _outputPadding, _groups);

    /// <inheritdoc/>
    protected override void Initialize(ParameterInit init) => init.FillLayer(_weight, _bias, Fans.Convolution(_weight.Shape));
}

/// <summary>What all convolution layers check when they are made.</summary>
internal static class ConvolutionShapes
{
    public static void CheckGroups(string layer, int inputs, int outputs, int groups)
    {
        if (groups < 1 || inputs % groups != 0 || outputs % groups != 0)
        {
            throw new ArgumentException($"{layer}: {groups} groups do not divide {inputs} input and {outputs} output channels");
        }
    }
}
