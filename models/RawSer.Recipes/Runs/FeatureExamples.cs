using RawSer.Kernels;
using RawSer.Training;

namespace RawSer.Recipes.Runs;

/// <summary>Examples in one block of memory, each (1, rows, frames).</summary>
public sealed class FeatureExamples : IExamples
{
    private readonly float[] _values;
    private readonly int[] _labels;
    private readonly int _length;

    /// <summary>Examples that lie one after the other.</summary>
    public FeatureExamples(float[] values, int[] labels, int rows, int frames)
    {
        _length = checked(rows * frames);
        if (values.LongLength != (long)labels.Length * _length)
        {
            throw new ArgumentException($"{labels.Length} examples of {rows} x {frames} have {(long)labels.Length * _length} values, not {values.LongLength}");
        }

        (_values, _labels) = (values, labels);
        Shape = [1, rows, frames];
    }

    /// <inheritdoc/>
    public int Count => _labels.Length;

    /// <inheritdoc/>
    public Shape Shape { get; }

    /// <summary>The values of all examples.</summary>
    public Span<float> Values => _values;

    /// <summary>The values of one example.</summary>
    public ReadOnlySpan<float> this[int index] => _values.AsSpan(index * _length, _length);

    /// <inheritdoc/>
    public int LabelOf(int index) => _labels[index];

    /// <inheritdoc/>
    public void CopyTo(int index, Span<float> destination) => this[index].CopyTo(destination);
}
