namespace RawSer.Models.Wav2Vec2;

/// <summary>
/// How many samples of each clip of a batch are no padding, counted from the start: numbers that the host knows, or a tensor that stays on its device, so
/// that a step can be captured for clips of any length.
/// </summary>
public sealed class ClipLengths
{
    private readonly Tensor? _onDevice;

    private ClipLengths(IReadOnlyList<int>? samples, Tensor? onDevice) => (Samples, _onDevice) = (samples, onDevice);

    /// <summary>The numbers; null where only the device has them.</summary>
    public IReadOnlyList<int>? Samples { get; }

    /// <summary>Number of clips.</summary>
    public int Count => Samples?.Count ?? _onDevice!.Shape[0];

    /// <summary>Lengths that the host knows, or none.</summary>
    public static ClipLengths? Of(IReadOnlyList<int>? samples) => samples is null ? null : new(samples, null);

    /// <summary>Lengths on a device.</summary>
    /// <param name="samples">(B, 1) in F32: whole numbers below 2^24.</param>
    public static ClipLengths OnDevice(Tensor samples) => new(null, samples);

    /// <summary>Lengths that the host knows, or none.</summary>
    public static implicit operator ClipLengths?(int[]? samples) => Of(samples);

    /// <summary>(B, T) of Bool: true for frames of which no sample is padding.</summary>
    /// <param name="config">How samples become frames.</param>
    /// <param name="frames">T.</param>
    /// <param name="device">Where the mask is wanted.</param>
    internal Tensor Frames(Wav2Vec2Config config, int frames, Device device)
    {
        if (_onDevice is not null)
        {
            // Frame t takes the samples from t * stride on: a clip has it if it has receptive field + t * stride samples.
            Tensor ends = Tensor.Full([frames], config.FrameStride, device: device).CumSum(0) + (config.ReceptiveField - config.FrameStride);
            return _onDevice.GreaterOrEqual(ends);
        }

        bool[] valid = new bool[checked(Count * frames)];
        for (int b = 0; b < Count; b++)
        {
            valid.AsSpan(b * frames, config.FramesOf(Samples![b])).Fill(true);
        }

        return Tensor.From(valid, [Count, frames], device);
    }
}
