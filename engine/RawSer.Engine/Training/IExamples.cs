using RawSer.Kernels;

namespace RawSer.Training;

/// <summary>Labelled examples of one shape, in a fixed order.</summary>
public interface IExamples
{
    /// <summary>Number of examples.</summary>
    int Count { get; }

    /// <summary>Shape of one example, without the batch dimension.</summary>
    Shape Shape { get; }

    /// <summary>Class of an example.</summary>
    int LabelOf(int index);

    /// <summary>Writes the values of an example, in row-major order.</summary>
    void CopyTo(int index, Span<float> destination);
}

/// <summary>Changes training examples each time they are drawn.</summary>
public interface IExampleAugmentation
{
    /// <summary>Changes an example in place. What it does may depend on nothing but the arguments, so that an interrupted training can be resumed.</summary>
    void Apply(Span<float> example, int index, int epoch);
}
