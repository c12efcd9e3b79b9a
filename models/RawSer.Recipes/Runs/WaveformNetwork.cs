using RawSer.Models.Wav2Vec2;
using RawSer.Nn;

namespace RawSer.Recipes.Runs;

/// <summary>A speech network that takes the rows of <see cref="WaveformExamples"/>: (B, 1 + samples) to logits. Part: <c>network</c>.</summary>
internal sealed class WaveformNetwork : Module
{
    private readonly SpeechNetwork _network;

    public WaveformNetwork(SpeechNetwork network) => _network = Child("network", network);

    /// <summary>False: the lengths go to the host.</summary>
    public override bool IsCapturable => false;

    /// <inheritdoc/>
    protected override Tensor ForwardCore(Tensor input)
    {
        int[] lengths = Array.ConvertAll(input.Slice(1, 0, 1).ToArray<float>(), length => (int)length);
        return _network.Forward(input.Slice(1, 1), lengths);
    }
}
