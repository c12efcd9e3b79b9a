using System.Text.Json;
using RawSer.Audio.Features;
using RawSer.Kernels;
using RawSer.Models.Pictures;
using RawSer.Nn;

namespace RawSer.Models.Vgg;

/// <summary>
/// The report's section 5: mel spectrograms in dB, drawn as pictures in the colours of magma between fixed values, for VGG16 with dense layers of its
/// own.
/// </summary>
public sealed record SpectrogramVgg : NetworkOptions
{
    /// <summary>Name in stored settings.</summary>
    public const string Architecture = "Vgg16";

    private static readonly string[] s_preprocessings = Enum.GetNames<PicturePreprocessing>();

    /// <summary>Widths of the two dense layers before the last; the first is followed by dropout.</summary>
    public (int First, int Second) Hidden { get; init; } = (512, 192);

    /// <summary>Probability of dropout.</summary>
    public double Dropout { get; init; } = 0.5;

    /// <summary>Value in dB of the first colour.</summary>
    public double Low { get; init; } = -80;

    /// <summary>Value in dB of the last colour.</summary>
    public double High { get; init; }

    /// <summary>What is done to the colours.</summary>
    public PicturePreprocessing Preprocessing { get; init; } = PicturePreprocessing.Caffe;

    /// <inheritdoc/>
    public override int LargestBatch => 4;

    /// <summary>The network.</summary>
    public VggOptions Network => VggOptions.Report(Classes) with { Hidden = [Hidden.First, Hidden.Second], Dropout = Dropout };

    /// <summary>The picture of features (rows, frames), as values (height, width, 3) from 0 to 255.</summary>
    public float[] Draw(ReadOnlySpan<float> features, int rows, int frames)
    {
        int size = Network.ImageSize;
        byte[] picture = new byte[size * size * SpectrogramPicture.Channels];
        new SpectrogramPicture(Colormap.Magma, (float)Low, (float)High).Draw(features, rows, frames, size, size, picture);
        return Array.ConvertAll(picture, value => (float)value);
    }

    /// <inheritdoc/>
    public override Shape InputShape(int batch) => Network.InputOf(0).Insert(0, batch);

    /// <inheritdoc/>
    public override void Prepare(ReadOnlySpan<float> features, int rows, int frames, Span<float> input) =>
        PictureInput.Prepare(Draw(features, rows, frames), Preprocessing, input);

    /// <inheritdoc/>
    public override void Validate()
    {
        Network.Validate();
        if (!(High > Low) || !double.IsFinite(Low) || !double.IsFinite(High))
        {
            throw new ArgumentException(FormattableString.Invariant($"picture from {Low} to {High} dB: expected a least value below the greatest"));
        }
    }

    /// <inheritdoc/>
    public override void CheckProfile(FeatureProfile profile)
    {
        if (profile.Kind != FeatureKind.MelDecibels)
        {
            throw new ArgumentException($"network vgg16 draws mel spectrograms, and profile {profile.Name} makes {profile.Kind}; use one such as report-mel");
        }
    }

    /// <inheritdoc/>
    public override VggNetwork Build() => new(Network);

    /// <inheritdoc/>
    public override VggNetwork Create(ulong seed) => Build().Initialize(seed, InitScheme.Keras);

    /// <inheritdoc/>
    public override void WriteJson(Utf8JsonWriter json)
    {
        json.WriteString("architecture", Architecture);
        json.WriteNumber("hidden1", Hidden.First);
        json.WriteNumber("hidden2", Hidden.Second);
        json.WriteNumber("dropout", Dropout);
        json.WriteNumber("low", Low);
        json.WriteNumber("high", High);
        json.WriteString("preprocessing", Preprocessing.ToString());
    }

    /// <summary>Reads what <see cref="WriteJson"/> wrote.</summary>
    /// <exception cref="ArgumentException">A value is not accepted.</exception>
    public static SpectrogramVgg ReadJson(JsonElement json, int classes)
    {
        string preprocessing = json.GetProperty("preprocessing").GetString() ?? "";
        return new()
        {
            Classes = classes,
            Hidden = (json.GetProperty("hidden1").GetInt32(), json.GetProperty("hidden2").GetInt32()),
            Dropout = json.GetProperty("dropout").GetDouble(),
            Low = json.GetProperty("low").GetDouble(),
            High = json.GetProperty("high").GetDouble(),
            Preprocessing = s_preprocessings.Contains(preprocessing)
                ? Enum.Parse<PicturePreprocessing>(preprocessing)
                : throw new ArgumentException($"preprocessing '{preprocessing}', expected one of {string.Join(", ", s_preprocessings)}"),
        };
    }
}
