using RawSer.Kernels;

namespace RawSer.Optim;

/// <summary>Choices of <see cref="RmsProp"/>. The defaults are PyTorch's.</summary>
public sealed record RmsPropOptions
{
    /// <summary>Keras from TensorFlow 2.11 on: decay 0.9, epsilon 1e-7 under the root, the rate inside the momentum.</summary>
    public static RmsPropOptions Keras { get; } = new() { Alpha = 0.9, Epsilon = 1e-7, EpsilonUnderRoot = true, RateInMomentum = true };

    /// <summary>Decay of the means.</summary>
    public double Alpha { get; init; } = 0.99;

    /// <summary>Keeps the root from 0.</summary>
    public double Epsilon { get; init; } = 1e-8;

    /// <summary><c>sqrt(s + epsilon)</c> instead of <c>sqrt(s) + epsilon</c>.</summary>
    public bool EpsilonUnderRoot { get; init; }

    /// <summary>L2 penalty, added to the gradient.</summary>
    public double WeightDecay { get; init; }

    /// <summary>Share of the momentum buffer that is kept; 0 for none.</summary>
    public double Momentum { get; init; }

    /// <summary>Whether the learning rate is part of the momentum buffer, as in Keras.</summary>
    public bool RateInMomentum { get; init; }

    /// <summary>Subtracts the square of the mean gradient from the mean square.</summary>
    public bool Centered { get; init; }
}

/// <summary>RMSprop (Tieleman and Hinton 2012): <c>s = alpha * s + (1 - alpha) * g^2; w -= rate * g / (sqrt(s) + epsilon)</c>, see <see cref="RmsPropOptions"/>.</summary>
public sealed class RmsProp : Optimizer
{
    private readonly RmsPropOptions _options;
    private readonly int _meanPlace;

    /// <summary>RMSprop with one rate for all parameters.</summary>
    public RmsProp(IEnumerable<Tensor> parameters, double learningRate = 1e-2, RmsPropOptions? options = null)
        : this([new ParameterGroup(parameters, learningRate)], options)
    {
    }

    /// <summary>RMSprop with groups.</summary>
    public RmsProp(IEnumerable<ParameterGroup> groups, RmsPropOptions? options = null)
        : base(groups, StateNames(options ?? new RmsPropOptions()))
    {
        _options = options ?? new RmsPropOptions();
        _meanPlace = _options.Momentum != 0 ? 2 : 1;
    }

    private protected override void Update(ParameterGroup group, long step, StepTensors tensors)
    {
        RmsPropOptions o = _options;
        bool rateFirst = o.RateInMomentum && o.Momentum != 0;
        RmsPropStep rule = new(
            o.Alpha,
            group.WeightDecay ?? o.WeightDecay,
            EpsilonInside: o.EpsilonUnderRoot ? o.Epsilon : 0,
            EpsilonOutside: o.EpsilonUnderRoot ? 0 : o.Epsilon,
            o.Momentum,
            StepToMomentum: rateFirst ? group.LearningRate : 1,
            MomentumToWeight: rateFirst ? 1 : group.LearningRate);
        tensors.Backend.RmsPropStep(
            rule, tensors.Parameters, tensors.Gradients, tensors.State(0),
            o.Momentum != 0 ? tensors.State(1) : default,
            o.Centered ? tensors.State(_meanPlace) : default);
    }

    private static string[] StateNames(RmsPropOptions options) =>
        [.. (string[])["square_avg"], .. options.Momentum != 0 ? (string[])["momentum_buffer"] : [], .. options.Centered ? (string[])["grad_avg"] : []];
}
