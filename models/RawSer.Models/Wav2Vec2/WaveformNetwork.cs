using RawSer.Kernels;
using RawSer.Nn;

namespace RawSer.Models.Wav2Vec2;

/// <summary>A speech network that takes the rows of <see cref="WaveformRows"/>: (B, 1 + samples) to logits. Part: <c>network</c>.</summary>
public sealed class WaveformNetwork : Module
{
    /// <summary>Wraps a network.</summary>
    public WaveformNetwork(SpeechNetwork network) => Network = Child("network", network);

    /// <summary>The network on waveforms and lengths.</summary>
    public SpeechNetwork Network { get; }

    /// <summary>True: what the network draws is drawn before the step, and the lengths stay on the device.</summary>
    public override bool IsCapturable => true;

    /// <inheritdoc/>
    public override void PrepareStep(ReadOnlySpan<float> batch, Shape shape, StepInputs inputs)
    {
        int[] lengths = new int[shape[0]];
        for (int i = 0; i < lengths.Length; i++)
        {
            lengths[i] = (int)batch[i * shape[1]];
        }

        Network.Body.PrepareClips(lengths.Length, shape[1] - 1, lengths, inputs);
    }

    /// <inheritdoc/>
    protected override Tensor ForwardCore(Tensor input) => Network.Forward(input.Slice(1, 1), ClipLengths.OnDevice(input.Slice(1, 0, 1)));
}
