using RawSer.Nn;

namespace RawSer.Models.Wav2Vec2;

/// <summary>
/// A small classifier of one embedding per clip, for encoders that stay as they are: layer norm, a dense layer, ReLU, dropout, a dense layer. Input
/// (B, ..., features), flattened; output (B, classes). Parts: <c>norm</c>, <c>hidden</c>, <c>dense</c>.
/// </summary>
public sealed class EmbeddingHead : Module
{
    private readonly LayerNorm _norm;
    private readonly Linear _hidden;
    private readonly Dropout _dropout;
    private readonly Linear _dense;

    /// <summary>A head without values.</summary>
    /// <param name="features">Features of an embedding.</param>
    /// <param name="hidden">Features between the dense layers.</param>
    /// <param name="classes">Number of classes.</param>
    /// <param name="dropout">Before the last layer.</param>
    public EmbeddingHead(int features, int hidden, int classes, double dropout)
    {
        _norm = Child("norm", new LayerNorm([features]));
        _hidden = Child("hidden", new Linear(features, hidden));
        _dropout = Child("dropout", new Dropout(dropout));
        _dense = Child("dense", new Linear(hidden, classes));
    }

    /// <inheritdoc/>
    protected override Tensor ForwardCore(Tensor input) => _dense.Forward(_dropout.Forward(_hidden.ForwardRelu(_norm.Forward(input.Flatten(1)))));
}
