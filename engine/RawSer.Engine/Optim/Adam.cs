using RawSer.Kernels;

namespace RawSer.Optim;

/// <summary>Choices of <see cref="Adam"/>. The defaults are PyTorch's.</summary>
public sealed record AdamOptions
{
    /// <summary>Keras: epsilon 1e-7, added to the uncorrected root.</summary>
    public static AdamOptions Keras { get; } = new() { Epsilon = 1e-7, EpsilonBeforeCorrection = true };

    /// <summary>Decay of the mean gradient.</summary>
    public double Beta1 { get; init; } = 0.9;

    /// <summary>Decay of the mean squared gradient.</summary>
    public double Beta2 { get; init; } = 0.999;

    /// <summary>Keeps the root from 0.</summary>
    public double Epsilon { get; init; } = 1e-8;

    /// <summary>
    /// PyTorch adds epsilon to the bias-corrected root, <c>rate/(1-b1^t) * m / (sqrt(v/(1-b2^t)) + epsilon)</c>; Keras to the uncorrected one
    /// ("epsilon hat"), <c>rate*sqrt(1-b2^t)/(1-b1^t) * m / (sqrt(v) + epsilon)</c>.
    /// </summary>
    public bool EpsilonBeforeCorrection { get; init; }

    /// <summary>L2 penalty added to the gradient, or decay if it is decoupled.</summary>
    public double WeightDecay { get; init; }

    /// <summary>Parameters shrink by <c>1 - rate * decay</c> before the step, and the gradient is left alone (Loshchilov and Hutter 2019).</summary>
    public bool DecoupledWeightDecay { get; init; }

    /// <summary>Divides by the largest mean square so far (Reddi, Kale and Kumar 2018); the maximum is of uncorrected values.</summary>
    public bool Amsgrad { get; init; }
}

/// <summary>Adam (Kingma and Ba 2015) and its kin, see <see cref="AdamOptions"/>.</summary>
public class Adam : Optimizer
{
    private readonly AdamOptions _options;

    /// <summary>Adam with one rate for all parameters.</summary>
    public Adam(IEnumerable<Tensor> parameters, double learningRate = 1e-3, AdamOptions? options = null)
        : this([new ParameterGroup(parameters, learningRate)], options)
    {
    }

    /// <summary>Adam with groups.</summary>
    /// <exception cref="ArgumentException">A beta is not from 0 to below 1.</exception>
    public Adam(IEnumerable<ParameterGroup> groups, AdamOptions? options = null)
        : base(groups, options is { Amsgrad: true } ? ["exp_avg", "exp_avg_sq", "max_exp_avg_sq"] : ["exp_avg", "exp_avg_sq"])
    {
        _options = options ?? new AdamOptions();
        if (_options.Beta1 is not (>= 0 and < 1) || _options.Beta2 is not (>= 0 and < 1))
        {
            throw new ArgumentException(FormattableString.Invariant($"adam: betas {_options.Beta1} and {_options.Beta2}; each must be from 0 to below 1"));
        }
    }

    private protected override void Update(ParameterGroup group, long step, StepTensors tensors)
    {
        AdamOptions o = _options;
        double rate = group.LearningRate, decay = group.WeightDecay ?? o.WeightDecay;
        double correction1 = 1 - Math.Pow(o.Beta1, step), root2 = Math.Sqrt(1 - Math.Pow(o.Beta2, step));
        AdamStep rule = new(
            o.Beta1,
            o.Beta2,
            WeightDecay: o.DecoupledWeightDecay ? 0 : decay,
            Shrink: o.DecoupledWeightDecay ? 1 - (rate * decay) : 1,
            StepSize: o.EpsilonBeforeCorrection ? rate * root2 / correction1 : rate / correction1,
            RootScale: o.EpsilonBeforeCorrection ? 1 : 1 / root2,
            o.Epsilon);
        tensors.Backend.AdamStep(rule, tensors.Parameters, tensors.Gradients, tensors.State(0), tensors.State(1), tensors.State(2));
    }
}

/// <summary>Adam with decoupled weight decay, 0.01 unless the options say otherwise.</summary>
public sealed class AdamW : Adam
{
    /// <summary>AdamW with one rate for all parameters.</summary>
    public AdamW(IEnumerable<Tensor> parameters, double learningRate = 1e-3, AdamOptions? options = null)
        : base(parameters, learningRate, Decoupled(options))
    {
    }

    /// <summary>AdamW with groups.</summary>
    public AdamW(IEnumerable<ParameterGroup> groups, AdamOptions? options = null)
        : base(groups, Decoupled(options))
    {
    }

    private static AdamOptions Decoupled(AdamOptions? options) => (options ?? new AdamOptions { WeightDecay = 0.01 }) with { DecoupledWeightDecay = true };
}
