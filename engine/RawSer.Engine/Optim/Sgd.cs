using RawSer.Kernels;

namespace RawSer.Optim;

/// <summary>Choices of <see cref="Sgd"/>.</summary>
public sealed record SgdOptions
{
    /// <summary>Share of the velocity that is kept; 0 for none.</summary>
    public double Momentum { get; init; }

    /// <summary>What the gradient loses on its way into the velocity, from the second step on.</summary>
    public double Dampening { get; init; }

    /// <summary>Whether the step looks ahead along the velocity (Nesterov 1983).</summary>
    public bool Nesterov { get; init; }

    /// <summary>L2 penalty, added to the gradient.</summary>
    public double WeightDecay { get; init; }

    /// <summary>
    /// Keras: the learning rate is part of the velocity, <c>v = momentum*v - rate*g; w += v</c>, so that an old rate lives on in it. PyTorch
    /// applies the present rate to the whole velocity.
    /// </summary>
    public bool RateInVelocity { get; init; }
}

/// <summary>Stochastic gradient descent: <c>v = momentum * v + (1 - dampening) * g; w -= rate * v</c>; the first velocity is the gradient itself.</summary>
public sealed class Sgd : Optimizer
{
    private readonly SgdOptions _options;

    /// <summary>Descent with one rate for all parameters.</summary>
    public Sgd(IEnumerable<Tensor> parameters, double learningRate, SgdOptions? options = null)
        : this([new ParameterGroup(parameters, learningRate)], options)
    {
    }

    /// <summary>Descent with groups.</summary>
    /// <exception cref="ArgumentException">Nesterov's look-ahead without momentum, or with dampening.</exception>
    public Sgd(IEnumerable<ParameterGroup> groups, SgdOptions? options = null)
        : base(groups, options is { Momentum: not 0 } ? ["momentum_buffer"] : [])
    {
        _options = options ?? new SgdOptions();
        if (_options.Nesterov && (_options.Momentum <= 0 || _options.Dampening != 0))
        {
            throw new ArgumentException(FormattableString.Invariant($"sgd: Nesterov's step with momentum {_options.Momentum} and dampening {_options.Dampening}; it needs momentum and no dampening"));
        }
    }

    private protected override void Update(ParameterGroup group, long step, StepTensors tensors)
    {
        SgdOptions o = _options;
        double rate = group.LearningRate, gradientToVelocity = step == 1 ? 1 : 1 - o.Dampening;
        (double intoVelocity, double velocity, double gradient) = (o.Momentum != 0, o.RateInVelocity, o.Nesterov) switch
        {
            (false, _, _) => (0.0, 0.0, -rate),
            (_, true, false) => (-rate, 1, 0),
            (_, true, true) => (-rate, o.Momentum, -rate),
            (_, false, false) => (gradientToVelocity, -rate, 0),
            (_, false, true) => (gradientToVelocity, -rate * o.Momentum, -rate),
        };
        tensors.Backend.SgdStep(
            new SgdStep(group.WeightDecay ?? o.WeightDecay, o.Momentum, intoVelocity, velocity, gradient), tensors.Parameters, tensors.Gradients, tensors.State(0));
    }
}
