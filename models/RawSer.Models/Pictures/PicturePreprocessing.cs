namespace RawSer.Models.Pictures;

/// <summary>What a network that was trained on pictures expects of them; pictures are red, green, blue from 0 to 255.</summary>
public enum PicturePreprocessing
{
    /// <summary>Blue, green, red, minus (103.939, 116.779, 123.68): Keras' VGG16.</summary>
    Caffe,

    /// <summary>(x / 255 - (0.485, 0.456, 0.406)) / (0.229, 0.224, 0.225): torchvision.</summary>
    Torchvision,

    /// <summary>x / 127.5 - 1: Keras' mode tf.</summary>
    Tf,

    /// <summary>x / 255.</summary>
    Unit,

    /// <summary>As they are.</summary>
    None,
}

/// <summary>Pictures as bytes or floats (height, width, 3) to network inputs (3, height, width).</summary>
public static class PictureInput
{
    private const int Channels = SpectrogramPicture.Channels;

    // For each output channel: which colour, and what is subtracted and multiplied.
    private static readonly (int Colour, float Minus, float Times)[] s_caffe = [(2, 103.939f, 1), (1, 116.779f, 1), (0, 123.68f, 1)];
    private static readonly (int Colour, float Minus, float Times)[] s_torchvision =
        [(0, 255 * 0.485f, 1 / (255 * 0.229f)), (1, 255 * 0.456f, 1 / (255 * 0.224f)), (2, 255 * 0.406f, 1 / (255 * 0.225f))];

    /// <summary>Writes the input of a picture.</summary>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static void Prepare(ReadOnlySpan<float> picture, PicturePreprocessing preprocessing, Span<float> input)
    {
        if (picture.Length != input.Length || picture.Length % Channels != 0)
        {
            throw new ArgumentException($"picture of {picture.Length} values for an input of {input.Length}: both must be (height, width, 3)");
        }

        int pixels = picture.Length / Channels;
        for (int channel = 0; channel < Channels; channel++)
        {
            (int colour, float minus, float times) = Rule(preprocessing, channel);
            Span<float> plane = input.Slice(channel * pixels, pixels);
            for (int i = 0; i < pixels; i++)
            {
                plane[i] = (picture[(i * Channels) + colour] - minus) * times;
            }
        }
    }

    private static (int Colour, float Minus, float Times) Rule(PicturePreprocessing preprocessing, int channel) => preprocessing switch
    {
        PicturePreprocessing.Caffe => s_caffe[channel],
        PicturePreprocessing.Torchvision => s_torchvision[channel],
        PicturePreprocessing.Tf => (channel, 127.5f, 1 / 127.5f),
        PicturePreprocessing.Unit => (channel, 0, 1 / 255f),
        _ => (channel, 0, 1),
    };
}
