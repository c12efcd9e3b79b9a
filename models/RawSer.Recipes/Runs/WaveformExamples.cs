using RawSer.Audio;
using RawSer.Kernels;
using RawSer.Models.Wav2Vec2;
using RawSer.Training;

namespace RawSer.Recipes.Runs;

/// <summary>Clips as rows for a network that reads waveforms, decoded when they are drawn.</summary>
/// <param name="paths">The files.</param>
/// <param name="labels">Their classes.</param>
/// <param name="rows">From samples to rows.</param>
internal sealed class WaveformExamples(IReadOnlyList<string> paths, IReadOnlyList<int> labels, WaveformRows rows) : IExamples
{
    /// <inheritdoc/>
    public int Count => labels.Count;

    /// <inheritdoc/>
    public Shape Shape { get; } = [rows.Length];

    /// <inheritdoc/>
    public int LabelOf(int index) => labels[index];

    /// <inheritdoc/>
    public void CopyTo(int index, Span<float> destination) =>
        rows.Write(Waveform.Load(paths[index], rows.SampleRate, duration: rows.Seconds).Samples, destination);
}
