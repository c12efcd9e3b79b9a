using RawSer.Kernels;

namespace RawSer.Optim;

/// <summary>Choices of <see cref="Adagrad"/>. The defaults are PyTorch's.</summary>
public sealed record AdagradOptions
{
    /// <summary>Keras: the sum starts at 0.1, epsilon 1e-7 under the root.</summary>
    public static AdagradOptions Keras { get; } = new() { InitialSum = 0.1, Epsilon = 1e-7, EpsilonUnderRoot = true };

    /// <summary>Value that the sums of squares start from.</summary>
    public double InitialSum { get; init; }

    /// <summary>Keeps the root from 0.</summary>
    public double Epsilon { get; init; } = 1e-10;

    /// <summary><c>sqrt(s + epsilon)</c> instead of <c>sqrt(s) + epsilon</c>.</summary>
    public bool EpsilonUnderRoot { get; init; }

    /// <summary>L2 penalty, added to the gradient.</summary>
    public double WeightDecay { get; init; }
}

/// <summary>Adagrad (Duchi, Hazan and Singer 2011): <c>s += g^2; w -= rate * g / (sqrt(s) + epsilon)</c>.</summary>
public sealed class Adagrad : Optimizer
{
    private readonly AdagradOptions _options;

    /// <summary>Adagrad with one rate for all parameters.</summary>
    public Adagrad(IEnumerable<Tensor> parameters, double learningRate = 1e-2, AdagradOptions? options = null)
        : this([new ParameterGroup(parameters, learningRate)], options)
    {
    }

    /// <summary>Adagrad with groups.</summary>
    public Adagrad(IEnumerable<ParameterGroup> groups, AdagradOptions? options = null)
        : base(groups, "sum") => _options = options ?? new AdagradOptions();

    /// <inheritdoc/>
    protected override double InitialState(string name) => _options.InitialSum;

    private protected override void Update(ParameterGroup group, long step, StepTensors tensors)
    {
        AdagradOptions o = _options;
        AdagradStep rule = new(
            group.WeightDecay ?? o.WeightDecay, group.LearningRate, EpsilonInside: o.EpsilonUnderRoot ? o.Epsilon : 0, EpsilonOutside: o.EpsilonUnderRoot ? 0 : o.Epsilon);
        tensors.Backend.AdagradStep(rule, tensors.Parameters, tensors.Gradients, tensors.State(0));
    }
}
