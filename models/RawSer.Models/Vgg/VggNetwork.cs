using RawSer.Kernels;
using RawSer.Nn;

namespace RawSer.Models.Vgg;

/// <summary>
/// VGG: convolutions <c>features</c>, then dense layers <c>classifier</c>, under torchvision's names. Input (N, channels, size, size), output
/// logits (N, classes). The dense layers see the last maps in the order channel, row, column.
/// </summary>
public sealed class VggNetwork : Module
{
    private readonly Flatten _flatten;
    private readonly Sequential _classifier;

    /// <summary>A network without values.</summary>
    /// <exception cref="ArgumentException">The options make no network.</exception>
    public VggNetwork(VggOptions options)
    {
        Options = options;
        Features = Child("features", new VggFeatures(options));
        _flatten = Child("flatten", new Flatten());
        List<Module> layers = [];
        int inputs = checked((int)options.InputOf(options.ConvolutionCount).ElementCount);
        for (int i = 0; i < options.Hidden.Count; i++)
        {
            layers.AddRange([new Linear(inputs, options.Hidden[i]), new Relu()]);
            if (i < options.DroppedLayers)
            {
                layers.Add(new Dropout(options.Dropout));
            }

            inputs = options.Hidden[i];
        }

        layers.Add(new Linear(inputs, options.Classes));
        _classifier = Child("classifier", new Sequential([.. layers]));
    }

    private VggNetwork(VggNetwork whole, int first)
    {
        (Options, FirstConvolution) = (whole.Options, first);
        Features = Child("features", whole.Features.Part(first, whole.Options.ConvolutionCount));
        _flatten = Child("flatten", whole._flatten);
        _classifier = Child("classifier", whole._classifier);
    }

    /// <summary>What the network was built from.</summary>
    public VggOptions Options { get; }

    /// <summary>Number of the first convolution; 0 for a whole network.</summary>
    public int FirstConvolution { get; }

    /// <summary>The convolutions.</summary>
    public VggFeatures Features { get; }

    /// <summary>Shape of a batch that the network takes.</summary>
    public Shape InputShape(int batch) => Options.InputOf(FirstConvolution).Insert(0, batch);

    /// <summary>The layers from a convolution on: the same layers, not copies. They take what that convolution takes.</summary>
    /// <exception cref="ArgumentException">There is no such convolution.</exception>
    public VggNetwork From(int first) => new(this, first);

    /// <inheritdoc/>
    protected override Tensor ForwardCore(Tensor input)
    {
        Tensor maps = Features.Children.Count == 0 ? input : Features.Forward(input);
        return _classifier.Forward(_flatten.Forward(maps));
    }
}
