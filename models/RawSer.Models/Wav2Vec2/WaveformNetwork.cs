using RawSer.Nn;

namespace RawSer.Models.Wav2Vec2;

/// <summary>A speech network that takes the rows of <see cref="WaveformRows"/>: (B, 1 + samples) to logits. Part: <c>network</c>.</summary>
public sealed class WaveformNetwork : Module
{
    /// <summary>Wraps a network.</summary>
    public WaveformNetwork(SpeechNetwork network) => Network = Child("network", network);

    /// <summary>The network on waveforms and lengths.</summary>
    public SpeechNetwork Network { get; }

    /// <summary>False: the lengths go to the host.</summary>
    public override bool IsCapturable => false;

    /// <inheritdoc/>
    protected override Tensor ForwardCore(Tensor input)
    {
        int[] lengths = Array.ConvertAll(input.Slice(1, 0, 1).ToArray<float>(), length => (int)length);
        return Network.Forward(input.Slice(1, 1), lengths);
    }
}
