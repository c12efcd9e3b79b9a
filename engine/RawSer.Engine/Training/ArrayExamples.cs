using RawSer.Kernels;

namespace RawSer.Training;

/// <summary>Labelled examples in memory.</summary>
public sealed class ArrayExamples : IExamples
{
    private readonly float[] _values;
    private readonly int[] _labels;
    private readonly int _length;

    /// <summary>Examples that lie one behind the other.</summary>
    /// <param name="values">All examples, row-major; taken over, not copied.</param>
    /// <param name="labels">The class of each.</param>
    /// <param name="shape">Shape of one example.</param>
    /// <exception cref="ArgumentException">The values are not as many as labels and shape say.</exception>
    public ArrayExamples(float[] values, int[] labels, Shape shape)
    {
        if (values.Length != labels.Length * shape.ElementCount)
        {
            throw new ArgumentException($"examples: {values.Length} values for {labels.Length} labels and examples of shape {shape}");
        }

        (_values, _labels, Shape) = (values, labels, shape);
        _length = checked((int)shape.ElementCount);
    }

    /// <inheritdoc/>
    public int Count => _labels.Length;

    /// <inheritdoc/>
    public Shape Shape { get; }

    /// <inheritdoc/>
    public int LabelOf(int index) => _labels[index];

    /// <inheritdoc/>
    public void CopyTo(int index, Span<float> destination) => _values.AsSpan(index * _length, _length).CopyTo(destination);
}
