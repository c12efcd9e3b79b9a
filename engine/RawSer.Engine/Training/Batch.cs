using RawSer.Kernels;

namespace RawSer.Training;

/// <summary>Examples gathered into tensors.</summary>
internal static class Batch
{
    /// <summary>Examples [start, start + count) as a tensor (count, shape...).</summary>
    public static Tensor Inputs(IExamples examples, int start, int count, Device device)
    {
        int length = checked((int)examples.Shape.ElementCount);
        float[] values = new float[count * length];
        for (int i = 0; i < count; i++)
        {
            examples.CopyTo(start + i, values.AsSpan(i * length, length));
        }

        return Tensor.From(values, examples.Shape.Insert(0, count), device);
    }

    /// <summary>The examples of these numbers, augmented for an epoch, and their labels.</summary>
    public static BatchArrays Gather(IExamples examples, ReadOnlySpan<int> indices, IExampleAugmentation? augmentation, int epoch)
    {
        int length = checked((int)examples.Shape.ElementCount);
        float[] values = new float[indices.Length * length];
        long[] labels = new long[indices.Length];
        for (int i = 0; i < indices.Length; i++)
        {
            Span<float> example = values.AsSpan(i * length, length);
            examples.CopyTo(indices[i], example);
            augmentation?.Apply(example, indices[i], epoch);
            labels[i] = examples.LabelOf(indices[i]);
        }

        return new BatchArrays(values, labels, examples.Shape.Insert(0, indices.Length));
    }
}

/// <summary>A batch on the host.</summary>
/// <param name="Inputs">Values of the examples, one after the other.</param>
/// <param name="Labels">Their labels.</param>
/// <param name="Shape">(examples, shape of an example...).</param>
internal sealed record BatchArrays(float[] Inputs, long[] Labels, Shape Shape)
{
    /// <summary>Factors of the examples' losses; null: 1.</summary>
    public float[]? Weights { get; init; }
}
