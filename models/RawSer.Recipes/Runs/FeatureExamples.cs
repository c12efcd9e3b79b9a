using RawSer.Audio.Features;
using RawSer.Kernels;
using RawSer.Training;

namespace RawSer.Recipes.Runs;

/// <summary>Features of clips, each (1, rows, frames): in memory or read when they are drawn, and standardised then.</summary>
public sealed class FeatureExamples : IExamples
{
    private readonly ExampleStore _store;
    private readonly StoredExample[] _features;
    private readonly int[] _labels;
    private readonly FeatureStandardizer? _standardizer;

    internal FeatureExamples(ExampleStore store, StoredExample[] features, int[] labels, Shape shape, FeatureStandardizer? standardizer = null)
    {
        (_store, _features, _labels, _standardizer) = (store, features, labels, standardizer);
        Shape = shape;
    }

    /// <inheritdoc/>
    public int Count => _labels.Length;

    /// <inheritdoc/>
    public Shape Shape { get; }

    /// <inheritdoc/>
    public int LabelOf(int index) => _labels[index];

    /// <inheritdoc/>
    public void CopyTo(int index, Span<float> destination)
    {
        _store.Read(_features[index], destination);
        _standardizer?.Apply(destination);
    }

    /// <summary>The values of an example.</summary>
    public float[] ToArray(int index)
    {
        float[] values = new float[Shape.ElementCount];
        CopyTo(index, values);
        return values;
    }

    /// <summary>The same features, standardised.</summary>
    internal FeatureExamples With(FeatureStandardizer? standardizer) => new(_store, _features, _labels, Shape, standardizer);
}
