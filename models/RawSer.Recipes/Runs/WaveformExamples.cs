using RawSer.Audio;
using RawSer.Audio.Features;
using RawSer.Kernels;
using RawSer.Training;

namespace RawSer.Recipes.Runs;

/// <summary>
/// Clips as a network that reads waveforms takes them, decoded when they are drawn. An example is the number of its samples that are no padding, followed by
/// the normalised samples, so that it is one array as examples of features are; <see cref="WaveformNetwork"/> takes it apart.
/// </summary>
internal sealed class WaveformExamples : IExamples
{
    private readonly IReadOnlyList<string> _paths;
    private readonly IReadOnlyList<int> _labels;
    private readonly WaveformNormalizer _normalizer;
    private readonly double _seconds;

    /// <summary>Clips of these files and classes.</summary>
    /// <param name="paths">The files.</param>
    /// <param name="labels">Their classes.</param>
    /// <param name="preprocessing">How the network wants its clips.</param>
    /// <param name="seconds">Clips are cut or padded to this.</param>
    public WaveformExamples(IReadOnlyList<string> paths, IReadOnlyList<int> labels, WaveformNormalizer preprocessing, double seconds)
    {
        (_paths, _labels, _seconds) = (paths, labels, seconds);
        int samples = (int)(seconds * preprocessing.SampleRate);
        _normalizer = preprocessing with { ReturnMask = true, Padding = ClipPadding.MaxLength, MaxLength = samples, Truncate = true };
        Shape = [1 + samples];
    }

    /// <inheritdoc/>
    public int Count => _labels.Count;

    /// <inheritdoc/>
    public Shape Shape { get; }

    /// <inheritdoc/>
    public int LabelOf(int index) => _labels[index];

    /// <inheritdoc/>
    public void CopyTo(int index, Span<float> destination)
    {
        float[] samples = Waveform.Load(_paths[index], _normalizer.SampleRate, duration: _seconds).Samples;
        WaveformBatch clip = _normalizer.Prepare([samples], _normalizer.SampleRate);
        destination[0] = clip.Mask!.Sum();
        clip.Values.CopyTo(destination[1..]);
    }
}
