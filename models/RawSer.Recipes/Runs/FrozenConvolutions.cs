using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using RawSer.Audio.Augmentation;
using RawSer.Kernels;
using RawSer.Models.Pictures;
using RawSer.Models.Vgg;
using RawSer.Nn;

namespace RawSer.Recipes.Runs;

/// <summary>How the pictures of training clips are changed.</summary>
/// <param name="Augmentation">What is changed.</param>
/// <param name="Count">Number of versions of each picture.</param>
/// <param name="Seed">What the changes are drawn from.</param>
internal sealed record PictureDraws(PictureAugmentation Augmentation, int Count, ulong Seed)
{
    /// <summary>Pictures as they are.</summary>
    public static PictureDraws None { get; } = new(new PictureAugmentation(), 1, 0);
}

/// <summary>The convolutions of a VGG network that do not learn, with the way from features to their results.</summary>
internal sealed class FrozenConvolutions
{
    private readonly VggFeatures _layers;
    private readonly Device _device;

    /// <summary>The convolutions of a network before <paramref name="first"/>.</summary>
    public FrozenConvolutions(SpectrogramVgg options, VggNetwork network, int first, Device device)
    {
        (Options, _device) = (options, device);
        _layers = network.Features.Part(0, first);
        Output = options.Network.InputOf(first);
        Identity = string.Create(CultureInfo.InvariantCulture, $"vgg {first} {options.Low:r} {options.High:r} {options.Preprocessing} {VggWeights.Fingerprint(_layers)} {Computation.Of(device)} ");
    }

    /// <summary>How pictures are drawn.</summary>
    public SpectrogramVgg Options { get; }

    /// <summary>Shape of what comes out for a picture.</summary>
    public Shape Output { get; }

    /// <summary>All settings, the weights, and what computes.</summary>
    public string Identity { get; }

    /// <summary>Runs the layers over prepared pictures, with packed weights (<see cref="Module.PackWeights"/>).</summary>
    public float[] Run(float[] pictures, int count)
    {
        if (_layers.PackedBytes == 0)
        {
            _layers.PackWeights(); // at first, and again after best weights were loaded into the network
        }

        using NoGradScope noGrad = Autograd.NoGrad();
        using TensorScope scope = Tensor.Scope();
        return _layers.Forward(Tensor.From(pictures, Options.InputShape(count), _device)).ToArray<float>();
    }
}

/// <summary>Pictures of clips in front of frozen convolutions.</summary>
internal sealed class PictureInputs(FrozenConvolutions frozen, FeatureExamples examples, PictureDraws draws) : BaseInputs
{
    /// <inheritdoc/>
    public override string Title => "frozen layers";

    /// <inheritdoc/>
    public override int Count => examples.Count;

    /// <inheritdoc/>
    public override int Draws => draws.Count;

    /// <inheritdoc/>
    public override int BatchSize => 8;

    /// <inheritdoc/>
    public override Shape Output => frozen.Output;

    /// <inheritdoc/>
    public override int LabelOf(int example) => examples.LabelOf(example);

    /// <inheritdoc/>
    public override byte[] Key(int number)
    {
        PictureAugmentation change = draws.Augmentation;
        string draw = change.IsIdentity ? "" : FormattableString.Invariant($"{change.Flip} {change.Rotation:r} {change.Zoom:r} {draws.Seed} {Stream(number)}");
        return SHA256.HashData([.. Encoding.UTF8.GetBytes(frozen.Identity + draw), .. MemoryMarshal.AsBytes(examples.ToArray(number / draws.Count).AsSpan())]);
    }

    /// <inheritdoc/>
    public override float[][] Run(int[] numbers)
    {
        SpectrogramVgg options = frozen.Options;
        int size = options.Network.ImageSize, pixels = size * size * SpectrogramPicture.Channels;
        float[] input = new float[numbers.Length * pixels];
        for (int i = 0; i < numbers.Length; i++)
        {
            float[] picture = options.Draw(examples.ToArray(numbers[i] / draws.Count), examples.Shape[1], examples.Shape[2]);
            if (!draws.Augmentation.IsIdentity)
            {
                draws.Augmentation.Apply(picture, size, size, SpectrogramPicture.Channels, new PhiloxNumbers(draws.Seed, Stream(numbers[i])));
            }

            PictureInput.Prepare(picture, options.Preprocessing, input.AsSpan(i * pixels, pixels));
        }

        float[] output = frozen.Run(input, numbers.Length);
        return [.. output.Chunk(output.Length / numbers.Length)];
    }

    private ulong Stream(int number) => ((ulong)(number % draws.Count) << 32) | (uint)(number / draws.Count);
}
