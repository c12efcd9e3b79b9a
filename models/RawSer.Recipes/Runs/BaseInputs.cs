using RawSer.Kernels;

namespace RawSer.Recipes.Runs;

/// <summary>
/// Examples in front of layers that do not learn. Each has one or more draws (versions that differ by augmentation); number n stands for draw
/// n % <see cref="Draws"/> of example n / <see cref="Draws"/>.
/// </summary>
internal abstract class BaseInputs
{
    /// <summary>What is computed, for a person.</summary>
    public abstract string Title { get; }

    /// <summary>Number of examples.</summary>
    public abstract int Count { get; }

    /// <summary>Versions of each.</summary>
    public abstract int Draws { get; }

    /// <summary>Examples that run together.</summary>
    public abstract int BatchSize { get; }

    /// <summary>Shape of a result, of three axes.</summary>
    public abstract Shape Output { get; }

    /// <summary>The class of an example.</summary>
    public abstract int LabelOf(int example);

    /// <summary>What names a result: all that it depends on.</summary>
    public abstract byte[] Key(int number);

    /// <summary>Runs the layers over some numbers.</summary>
    public abstract float[][] Run(int[] numbers);
}
