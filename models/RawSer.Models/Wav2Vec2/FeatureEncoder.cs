using RawSer.Nn;

namespace RawSer.Models.Wav2Vec2;

/// <summary>
/// The convolutions that turn a waveform (B, samples) into frames (B, T, channels), 320 samples each in all published networks. Parts:
/// <c>conv_layers.0</c>, <c>conv_layers.1</c>, ...
/// </summary>
public sealed class FeatureEncoder : Module
{
    private readonly Sequential _layers;

    internal FeatureEncoder(Wav2Vec2Config config) =>
        _layers = Child("conv_layers", new Sequential([.. Enumerable.Range(0, config.ConvDim.Count).Select(i => new FeatureEncoderLayer(config, i))]));

    /// <summary>Whether each layer is computed again in the backward pass instead of keeping what it saved.</summary>
    public bool GradientCheckpointing { get; set; }

    /// <inheritdoc/>
    protected override Tensor ForwardCore(Tensor input)
    {
        Tensor x = input.Unsqueeze(-1);
        bool trained = Autograd.IsEnabled && (input.RequiresGrad || TrainableParameterCount > 0);
        foreach (NamedModule layer in _layers.Children)
        {
            x = GradientCheckpointing && trained ? Checkpoint.Run(layer.Module.Forward, x) : layer.Module.Forward(x);
        }

        return x;
    }
}
