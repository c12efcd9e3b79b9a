namespace RawSer.Nn;

/// <summary>A rule for initial values. The same stream gives the same values on every machine and device.</summary>
public abstract class Initializer
{
    /// <summary>All elements equal <paramref name="value"/>.</summary>
    public static Initializer Constant(double value) => new ConstantInitializer(value);

    /// <summary>Uniform in (-limit, limit).</summary>
    public static Initializer Uniform(double limit) => new DistributionInitializer(Distribution.Uniform, limit / Math.Sqrt(3));

    /// <summary>Normal with mean 0.</summary>
    public static Initializer Normal(double deviation) => new DistributionInitializer(Distribution.Normal, deviation);

    /// <summary>Normal with mean 0 and this deviation before all values beyond two deviations are drawn again (Keras <c>TruncatedNormal</c>).</summary>
    public static Initializer TruncatedNormal(double deviation) =>
        new DistributionInitializer(Distribution.TruncatedNormal, deviation * DistributionInitializer.TruncatedDeviation);

    /// <summary>Keras <c>glorot_uniform</c>, PyTorch <c>xavier_uniform_</c>: limit sqrt(6 / (in + out)) (Glorot and Bengio 2010).</summary>
    public static Initializer GlorotUniform { get; } = new VarianceScaling(1, FanMode.Average, Distribution.Uniform);

    /// <summary>Keras <c>glorot_normal</c>: truncated normal of variance 2 / (in + out).</summary>
    public static Initializer GlorotNormal { get; } = new VarianceScaling(1, FanMode.Average, Distribution.TruncatedNormal);

    /// <summary>PyTorch <c>xavier_normal_</c>: normal of variance 2 / (in + out).</summary>
    public static Initializer XavierNormal { get; } = new VarianceScaling(1, FanMode.Average, Distribution.Normal);

    /// <summary>Keras <c>he_uniform</c>: limit sqrt(6 / in) (He et al. 2015).</summary>
    public static Initializer HeUniform { get; } = new VarianceScaling(2, FanMode.In, Distribution.Uniform);

    /// <summary>Keras <c>he_normal</c>: truncated normal of variance 2 / in.</summary>
    public static Initializer HeNormal { get; } = new VarianceScaling(2, FanMode.In, Distribution.TruncatedNormal);

    /// <summary>Keras <c>lecun_uniform</c>: limit sqrt(3 / in) (LeCun et al. 1998).</summary>
    public static Initializer LecunUniform { get; } = new VarianceScaling(1, FanMode.In, Distribution.Uniform);

    /// <summary>Keras <c>lecun_normal</c>: truncated normal of variance 1 / in.</summary>
    public static Initializer LecunNormal { get; } = new VarianceScaling(1, FanMode.In, Distribution.TruncatedNormal);

    /// <summary>PyTorch <c>kaiming_uniform_(a, mode="fan_in", nonlinearity="leaky_relu")</c>: limit sqrt(6 / ((1 + a^2) in)).</summary>
    public static Initializer KaimingUniform(double a = 0) => new VarianceScaling(2 / (1 + (a * a)), FanMode.In, Distribution.Uniform);

    /// <summary>PyTorch <c>kaiming_normal_(a, mode, nonlinearity="leaky_relu")</c>: normal of variance 2 / ((1 + a^2) fan).</summary>
    public static Initializer KaimingNormal(double a = 0, FanMode mode = FanMode.In) => new VarianceScaling(2 / (1 + (a * a)), mode, Distribution.Normal);

    /// <summary>
    /// Largest absolute value that can be drawn: infinite for a normal distribution.
    /// </summary>
    public abstract double Limit(Fans fans);

    /// <summary>Standard deviation of the values.</summary>
    public abstract double Deviation(Fans fans);

    /// <summary>Draws one value for each element, from a stream of its own.</summary>
    internal abstract void Fill(Span<float> values, Fans fans, RandomStream stream);
}

/// <summary>Which of the <see cref="Fans"/> the variance is divided by.</summary>
public enum FanMode
{
    /// <summary>Keeps the variance of activations.</summary>
    In,

    /// <summary>Keeps the variance of gradients.</summary>
    Out,

    /// <summary>The mean of both.</summary>
    Average,
}

/// <summary>Shape of the distribution of initial values; all have mean 0.</summary>
public enum Distribution
{
    /// <summary>Uniform in (-limit, limit).</summary>
    Uniform,

    /// <summary>Normal.</summary>
    Normal,

    /// <summary>Normal, with values beyond two deviations of the normal drawn again.</summary>
    TruncatedNormal,
}

/// <summary>Values of variance <c>scale / fan</c> (Keras <c>VarianceScaling</c>).</summary>
public sealed class VarianceScaling(double scale, FanMode mode, Distribution distribution) : Initializer
{
    /// <inheritdoc/>
    public override double Limit(Fans fans) => For(fans).Limit(fans);

    /// <inheritdoc/>
    public override double Deviation(Fans fans) => For(fans).Deviation(fans);

    internal override void Fill(Span<float> values, Fans fans, RandomStream stream) => For(fans).Fill(values, fans, stream);

    private DistributionInitializer For(Fans fans)
    {
        double fan = mode switch
        {
            FanMode.In => fans.In,
            FanMode.Out => fans.Out,
            _ => (fans.In + fans.Out) / 2,
        };
        return new DistributionInitializer(distribution, Math.Sqrt(scale / Math.Max(1, fan)));
    }
}

/// <summary>Values of a distribution with mean 0 and a given standard deviation.</summary>
internal sealed class DistributionInitializer(Distribution distribution, double deviation) : Initializer
{
    /// <summary>Standard deviation of a standard normal variable truncated at two deviations.</summary>
    public const double TruncatedDeviation = 0.87962566103423978;

    public override double Limit(Fans fans) => distribution switch
    {
        Distribution.Uniform => deviation * Math.Sqrt(3),
        Distribution.TruncatedNormal => 2 * deviation / TruncatedDeviation,
        _ => double.PositiveInfinity,
    };

    public override double Deviation(Fans fans) => deviation;

    internal override void Fill(Span<float> values, Fans fans, RandomStream stream)
    {
        double limit = Limit(fans);
        double normalDeviation = distribution == Distribution.TruncatedNormal ? deviation / TruncatedDeviation : deviation;
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = distribution == Distribution.Uniform
                ? (float)(limit * ((2 * stream.Uniform(i)) - 1))
                : (float)Bounded(stream, i, normalDeviation, limit);
        }
    }

    private static double Bounded(RandomStream stream, int index, double deviation, double limit)
    {
        for (int attempt = 0; ; attempt++)
        {
            double value = deviation * stream.Normal(index, attempt);
            if (Math.Abs(value) < limit)
            {
                return value;
            }
        }
    }
}

internal sealed class ConstantInitializer(double value) : Initializer
{
    public override double Limit(Fans fans) => Math.Abs(value);

    public override double Deviation(Fans fans) => 0;

    internal override void Fill(Span<float> values, Fans fans, RandomStream stream) => values.Fill((float)value);
}
