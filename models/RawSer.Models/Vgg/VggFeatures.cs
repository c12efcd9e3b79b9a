using RawSer.Kernels;
using RawSer.Nn;

namespace RawSer.Models.Vgg;

/// <summary>
/// The convolutions of a VGG network, or a run of them; names are torchvision's (<c>0.weight</c>, <c>2.weight</c>, ...: rectifiers and poolings have
/// numbers too). Pictures (N, C, H, W) become (N, channels, H / 2^blocks, W / 2^blocks). A pooling belongs to the convolution before it.
/// </summary>
public sealed class VggFeatures : Module
{
    private readonly List<Stage> _stages = [];
    private readonly VggOptions _options;
    private readonly Shape _input;

    /// <summary>All convolutions, without values.</summary>
    /// <exception cref="ArgumentException">The options make no network.</exception>
    public VggFeatures(VggOptions options)
    {
        options.Validate();
        _options = options;
        _input = options.InputOf(0);
        int inputs = options.Channels, layer = 0;
        foreach (VggBlock block in options.Blocks)
        {
            for (int i = 0; i < block.Widths.Count; i++, layer += 2)
            {
                Add(new Stage(
                    layer,
                    new Conv2d(inputs, block.Widths[i], kernel: 3, padding: 1),
                    new Relu(),
                    i == block.Widths.Count - 1 ? new MaxPool2d(2) : null));
                inputs = block.Widths[i];
            }

            layer++;
        }
    }

    private VggFeatures(VggFeatures whole, int first, int end)
    {
        _options = whole._options;
        _input = _options.InputOf(first);
        foreach (Stage stage in whole._stages[first..end])
        {
            Add(stage);
        }
    }

    /// <summary>The convolutions from <paramref name="first"/> up to and without <paramref name="end"/>: the same layers, not copies.</summary>
    /// <exception cref="ArgumentException">There are no such convolutions, or this is a part itself.</exception>
    public VggFeatures Part(int first, int end) => first >= 0 && first <= end && end <= _stages.Count && _stages.Count == _options.ConvolutionCount
        ? new(this, first, end)
        : throw new ArgumentException($"vgg: convolutions from {first} to {end} of {_stages.Count}");

    /// <summary>The convolutions, in order.</summary>
    public IEnumerable<Conv2d> Convolutions => _stages.Select(stage => stage.Convolution);

    /// <summary>Lets training change nothing but the last <paramref name="count"/> convolutions.</summary>
    /// <exception cref="ArgumentException">There are fewer.</exception>
    public void TrainLast(int count)
    {
        if (count < 0 || count > _stages.Count)
        {
            throw new ArgumentException($"vgg: the last {count} convolutions cannot be trained; there are {_stages.Count}");
        }

        Freeze();
        foreach (Conv2d convolution in Convolutions.Skip(_stages.Count - count))
        {
            convolution.Unfreeze();
        }
    }

    /// <inheritdoc/>
    protected override Tensor ForwardCore(Tensor input)
    {
        if (input.Rank != 4 || input.Shape != _input.Insert(0, input.Shape[0]))
        {
            throw new ArgumentException($"vgg: input of shape {input.Shape}, expected (N, {string.Join(", ", _input)})");
        }

        Tensor x = input;
        foreach (Stage stage in _stages)
        {
            Tensor before = x;
            x = stage.Forward(x);
            if (before != input)
            {
                before.Dispose(); // not at the end of the scope: the maps of all layers together are large
            }
        }

        return x;
    }

    private void Add(Stage stage)
    {
        _stages.Add(stage);
        Child($"{stage.Layer}", stage.Convolution);
        Child($"{stage.Layer + 1}", stage.Relu);
        if (stage.Pool is not null)
        {
            Child($"{stage.Layer + 2}", stage.Pool);
        }
    }

    private readonly record struct Stage(int Layer, Conv2d Convolution, Relu Relu, MaxPool2d? Pool)
    {
        public Tensor Forward(Tensor x)
        {
            if (IsTraced)
            {
                Tensor rectified = Relu.Forward(Convolution.Forward(x));
                return Pool?.Forward(rectified) ?? rectified;
            }

            return Pool is null ? Convolution.ForwardRelu(x) : Convolution.ForwardReluMaxPool(x, Pool.Options);
        }
    }
}
