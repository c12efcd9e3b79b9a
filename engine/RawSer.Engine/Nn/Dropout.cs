namespace RawSer.Nn;

/// <summary>
/// Sets elements to zero with a probability, while training, and scales the others so that the mean stays (Srivastava et al. 2014). The mask
/// comes from the generator of <see cref="Module.UseRandom"/>.
/// </summary>
public sealed class Dropout : Module
{
    private readonly double _probability;
    private Generator? _random;

    /// <summary>Dropout with a probability in [0, 1).</summary>
    public Dropout(double probability)
    {
        _probability = probability is >= 0 and < 1
            ? probability
            : throw new ArgumentOutOfRangeException(nameof(probability), FormattableString.Invariant($"dropout with probability {probability}: expected a number in [0, 1)"));
    }

    /// <summary>Probability of a zero.</summary>
    public double Probability => _probability;

    /// <summary>The generator; needed while training.</summary>
    internal Generator Random =>
        _random ?? throw new InvalidOperationException("dropout: training needs random numbers; call UseRandom on the network first");

    /// <inheritdoc/>
    protected override Tensor ForwardCore(Tensor input) => IsTraining && _probability > 0 ? input.Dropout(_probability, Random) : input;

    /// <inheritdoc/>
    protected override void SetRandom(Generator generator) => _random = generator;
}
