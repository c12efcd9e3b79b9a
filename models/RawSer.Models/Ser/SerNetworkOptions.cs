using System.Text.Json;
using RawSer.Audio.Features;
using RawSer.Kernels;
using RawSer.Nn;

namespace RawSer.Models.Ser;

/// <summary>The networks of the report, by their parts.</summary>
public enum SerArchitecture
{
    /// <summary>One CNN block and a dense layer (report 4.3).</summary>
    Cnn,

    /// <summary>Two CNN blocks side by side and a dense layer on both (report 4.4).</summary>
    TwoCnn,

    /// <summary>Two CNN blocks and a transformer encoder side by side and a dense layer on all three (report 4.5).</summary>
    CnnTransformer,
}

/// <summary>Over which axis of (N, C, F, T) batch norm keeps its statistics.</summary>
public enum NormAxis
{
    /// <summary>One mean and variance per feature map, as batch norm after a convolution is meant.</summary>
    Channels,

    /// <summary>One per time column, shared by all feature maps: what the report's layers do (376 = 4 * 94 parameters).</summary>
    Time,
}

/// <summary>What the encoder's attention mixes.</summary>
public enum AttentionAxis
{
    /// <summary>The frames of a clip.</summary>
    Time,

    /// <summary>
    /// The clips of a batch, frame by frame: the report feeds (time, batch, feature) to a layer that expects (batch, time, feature). A
    /// prediction then depends on what else is in the batch.
    /// </summary>
    Batch,
}

/// <summary>Whose initial values and batch norm constants apply.</summary>
public enum LayerConventions
{
    /// <summary>Initialisation of PyTorch; batch norm epsilon 1e-5, running statistics take 0.1 of each batch.</summary>
    PyTorch,

    /// <summary>Initialisation of Keras; batch norm epsilon 1e-3, running statistics take 0.01 of each batch.</summary>
    Keras,
}

/// <summary>Which stages of a CNN block end in dropout.</summary>
public enum DropoutPlacement
{
    /// <summary>
    /// The last one: no batch norm follows it. Dropout before a batch norm raises the variance that the norm learns in training and meets no
    /// more in use, so that training and inference disagree (Li et al.: Understanding the disharmony between dropout and batch normalization by variance
    /// shift, CVPR 2019).
    /// </summary>
    LastStage,

    /// <summary>Every one, as in the report.</summary>
    EveryStage,
}

/// <summary>Everything that defines a network of the report; see <see cref="AsReported"/> and <see cref="Corrected"/> for the two forms of each.</summary>
public sealed record SerNetworkOptions : NetworkOptions
{
    /// <summary>Which network.</summary>
    public SerArchitecture Architecture { get; init; } = SerArchitecture.Cnn;

    /// <summary>Features per frame: MFCC or mel bands.</summary>
    public int Bins { get; init; } = 128;

    /// <summary>Frames per clip: 94 for MFCC (hop 512), 188 for mel spectrograms (hop 256), 3 s at 16 kHz.</summary>
    public int Frames { get; init; } = 94;

    /// <summary>Axis of batch norm.</summary>
    public NormAxis NormAxis { get; init; } = NormAxis.Channels;

    /// <summary>Axis of attention.</summary>
    public AttentionAxis Attend { get; init; } = AttentionAxis.Time;

    /// <summary>Initial values and constants.</summary>
    public LayerConventions Conventions { get; init; } = LayerConventions.PyTorch;

    /// <summary>Dropout after pooling in a CNN block.</summary>
    public double Dropout { get; init; } = 0.3;

    /// <summary>Which stages of a CNN block end in dropout.</summary>
    public DropoutPlacement DropoutPlacement { get; init; } = DropoutPlacement.LastStage;

    /// <summary>Encoder layers.</summary>
    public int Layers { get; init; } = 4;

    /// <summary>Attention heads of a layer; must divide <see cref="Bins"/>.</summary>
    public int Heads { get; init; } = 4;

    /// <summary>Hidden features of a layer's feed-forward part.</summary>
    public int FeedForward { get; init; } = 512;

    /// <summary>Dropout of attention weights, attention output and feed-forward output.</summary>
    public double EncoderDropout { get; init; } = 0.4;

    /// <summary>Shape of a batch: (N, 1, bins, frames).</summary>
    public override Shape InputShape(int batch) => [batch, 1, Bins, Frames];

    /// <inheritdoc/>
    public override void Prepare(ReadOnlySpan<float> features, int rows, int frames, Span<float> input) => features.CopyTo(input);

    /// <inheritdoc/>
    public override SerNetwork Build() => new(this);

    /// <inheritdoc/>
    public override SerNetwork Create(ulong seed) => SerNetwork.Create(this, seed);

    /// <inheritdoc/>
    public override Module ForInference(Module trained)
    {
        using (trained)
        {
            return ((SerNetwork)trained).Fold();
        }
    }

    /// <inheritdoc/>
    public override void CheckProfile(FeatureProfile profile)
    {
        if ((Bins, Frames) != (profile.Rows, profile.Frames))
        {
            throw new ArgumentException($"network for {Bins} x {Frames} features, profile {profile.Name} makes {profile.Rows} x {profile.Frames}");
        }
    }

    /// <inheritdoc/>
    public override void WriteJson(Utf8JsonWriter json)
    {
        json.WriteString("architecture", Architecture.ToString());
        json.WriteNumber("bins", Bins);
        json.WriteNumber("frames", Frames);
        json.WriteString("norm_axis", NormAxis.ToString());
        json.WriteString("attend", Attend.ToString());
        json.WriteString("conventions", Conventions.ToString());
        json.WriteNumber("dropout", Dropout);
        json.WriteString("dropout_placement", DropoutPlacement.ToString());
        json.WriteNumber("layers", Layers);
        json.WriteNumber("heads", Heads);
        json.WriteNumber("feed_forward", FeedForward);
        json.WriteNumber("encoder_dropout", EncoderDropout);
    }

    /// <summary>Reads what <see cref="WriteJson"/> wrote.</summary>
    /// <exception cref="ArgumentException">A value is not accepted.</exception>
    public static SerNetworkOptions ReadJson(JsonElement json, int classes) => new()
    {
        Architecture = Enum.Parse<SerArchitecture>(json.GetProperty("architecture").GetString() ?? ""),
        Bins = json.GetProperty("bins").GetInt32(),
        Frames = json.GetProperty("frames").GetInt32(),
        Classes = classes,
        NormAxis = Enum.Parse<NormAxis>(json.GetProperty("norm_axis").GetString() ?? ""),
        Attend = Enum.Parse<AttentionAxis>(json.GetProperty("attend").GetString() ?? ""),
        Conventions = Enum.Parse<LayerConventions>(json.GetProperty("conventions").GetString() ?? ""),
        Dropout = json.GetProperty("dropout").GetDouble(),
        DropoutPlacement = Enum.Parse<DropoutPlacement>(json.GetProperty("dropout_placement").GetString() ?? ""),
        Layers = json.GetProperty("layers").GetInt32(),
        Heads = json.GetProperty("heads").GetInt32(),
        FeedForward = json.GetProperty("feed_forward").GetInt32(),
        EncoderDropout = json.GetProperty("encoder_dropout").GetDouble(),
    };

    /// <summary>A network exactly as the report built it: batch norm over time, attention over the batch, Keras constants.</summary>
    public static SerNetworkOptions AsReported(SerArchitecture architecture, int frames = 94) => new()
    {
        Architecture = architecture,
        Frames = frames,
        NormAxis = NormAxis.Time,
        Attend = AttentionAxis.Batch,
        Conventions = LayerConventions.Keras,
        DropoutPlacement = DropoutPlacement.EveryStage,
    };

    /// <summary>A network as its layers are meant: batch norm over channels, attention over time, PyTorch constants.</summary>
    public static SerNetworkOptions Corrected(SerArchitecture architecture, int frames = 94) => new() { Architecture = architecture, Frames = frames };

    /// <inheritdoc/>
    public override void Validate()
    {
        Require(Bins >= CnnBlock.Reduction, nameof(Bins), Bins, $"at least {CnnBlock.Reduction}: three poolings divide by 2, 4 and 4");
        Require(Frames >= CnnBlock.Reduction, nameof(Frames), Frames, $"at least {CnnBlock.Reduction}: three poolings divide by 2, 4 and 4");
        Require(Classes >= 2, nameof(Classes), Classes, "at least 2");
        Require(Dropout is >= 0 and < 1, nameof(Dropout), Dropout, "in [0, 1)");
        if (Architecture == SerArchitecture.CnnTransformer)
        {
            Require(Layers >= 1, nameof(Layers), Layers, "at least 1");
            Require(Heads >= 1 && Bins % Heads == 0, nameof(Heads), Heads, $"a divisor of {Bins}, the number of bins");
            Require(FeedForward >= 1, nameof(FeedForward), FeedForward, "at least 1");
            Require(EncoderDropout is >= 0 and < 1, nameof(EncoderDropout), EncoderDropout, "in [0, 1)");
        }
    }

    private static void Require(bool holds, string name, double value, string expected)
    {
        if (!holds)
        {
            throw new ArgumentException(FormattableString.Invariant($"network: {name} is {value}, expected {expected}"));
        }
    }
}
