using RawSer.Kernels;

namespace RawSer.Models.Vgg;

/// <summary>3x3 convolutions, followed by a 2x2 max pooling.</summary>
/// <param name="Widths">Feature maps of each convolution.</param>
public sealed record VggBlock(IReadOnlyList<int> Widths);

/// <summary>
/// What a VGG network is built from (Simonyan and Zisserman, 2015): blocks of 3x3 convolutions with ReLU, each block followed by a 2x2 max pooling,
/// then dense layers with ReLU and a last one that gives the logits.
/// </summary>
public sealed record VggOptions
{
    /// <summary>Configuration D, VGG16: 13 convolutions, 14,714,688 parameters.</summary>
    public static IReadOnlyList<VggBlock> Vgg16Blocks { get; } = [new([64, 64]), new([128, 128]), new([256, 256, 256]), new([512, 512, 512]), new([512, 512, 512])];

    /// <summary>The blocks.</summary>
    public IReadOnlyList<VggBlock> Blocks { get; init; } = Vgg16Blocks;

    /// <summary>Channels of a picture.</summary>
    public int Channels { get; init; } = 3;

    /// <summary>Height and width of a picture.</summary>
    public int ImageSize { get; init; } = 224;

    /// <summary>Widths of the dense layers before the last.</summary>
    public IReadOnlyList<int> Hidden { get; init; } = [4096, 4096];

    /// <summary>How many of the hidden layers are followed by dropout, from the first.</summary>
    public int DroppedLayers { get; init; } = 2;

    /// <summary>Probability of dropout.</summary>
    public double Dropout { get; init; } = 0.5;

    /// <summary>Number of logits.</summary>
    public int Classes { get; init; } = 1000;

    /// <summary>VGG16 with the ImageNet classifier, as in torchvision: 138,357,544 parameters.</summary>
    public static VggOptions ImageNet { get; } = new();

    /// <summary>Convolutions of all blocks.</summary>
    public int ConvolutionCount => Blocks.Sum(block => block.Widths.Count);

    /// <summary>The report's network: the convolutions of VGG16, then 512, dropout, 192 and the classes; 27,660,103 parameters for seven.</summary>
    public static VggOptions Report(int classes) => new() { Hidden = [512, 192], DroppedLayers = 1, Classes = classes };

    /// <summary>Shape of what the convolution of this number takes (for <see cref="ConvolutionCount"/>: of what the dense layers take), without the batch.</summary>
    public Shape InputOf(int convolution)
    {
        int channels = Channels, size = ImageSize, seen = 0;
        foreach (VggBlock block in Blocks)
        {
            foreach (int width in block.Widths)
            {
                if (seen++ == convolution)
                {
                    return [channels, size, size];
                }

                channels = width;
            }

            size /= 2;
        }

        return [channels, size, size];
    }

    /// <summary>Checks that the numbers make a network.</summary>
    /// <exception cref="ArgumentException">They do not; the message says which.</exception>
    public void Validate()
    {
        int least = 1 << Blocks.Count;
        if (Blocks.Count == 0 || Blocks.Any(block => block.Widths.Count == 0 || block.Widths.Any(width => width < 1)) || Channels < 1 || ImageSize < least)
        {
            throw new ArgumentException(
                $"vgg of {Blocks.Count} blocks for {Channels} channels of {ImageSize} x {ImageSize}: expected blocks of at least one convolution and channel, and pictures of at least {least} x {least}");
        }

        if (Hidden.Any(width => width < 1) || Classes < 1 || DroppedLayers < 0 || DroppedLayers > Hidden.Count || !(Dropout is >= 0 and < 1))
        {
            throw new ArgumentException(
                FormattableString.Invariant($"vgg with hidden layers of {string.Join(", ", Hidden)}, {DroppedLayers} of them with dropout {Dropout}, and {Classes} classes: expected positive widths, dropout from 0 to below 1 after at most all hidden layers, and at least 1 class"));
        }
    }
}
