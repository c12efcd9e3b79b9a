using RawSer.Kernels;
using RawSer.Nn;

namespace RawSer.Models.Wav2Vec2;

/// <summary>The quantised features of a batch.</summary>
/// <param name="Vectors">(B, T, code vector size): in each group the chosen code vector.</param>
/// <param name="Codes">(B, T, groups) of I64: which one.</param>
/// <param name="Perplexity">How many of all code vectors the masked frames use: the sum over groups of exp(entropy of the mean probabilities).</param>
public readonly record struct QuantizedFeatures(Tensor Vectors, Tensor Codes, Tensor Perplexity);

/// <summary>
/// The quantiser of wav2vec 2.0 (Baevski et al. 2020, section 2): in each group a dense layer scores the code vectors and the best is taken. While training,
/// Gumbel noise is added to the scores and gradients flow through the softmax at a temperature (Jang et al. 2017); otherwise the choice has no gradient.
/// Parts: <c>codevectors</c> (1, groups x vectors, size), <c>weight_proj</c>.
/// </summary>
public sealed class CodeQuantizer : Module
{
    private const string TemperatureName = "temperature";
    private const double SmallestProbability = 1e-30; // keeps 0 log 0 at 0

    private readonly Tensor _vectors;
    private readonly Linear _scores;
    private readonly int _groups;
    private readonly int _perGroup;
    private Generator? _random;

    internal CodeQuantizer(Wav2Vec2Config config)
    {
        (_groups, _perGroup) = (config.CodeVectorGroups, config.CodeVectorsPerGroup);
        _vectors = Parameter("codevectors", [1, _groups * _perGroup, config.CodeVectorSize / _groups]);
        _scores = Child("weight_proj", new Linear(config.ConvDim[^1], _groups * _perGroup));
    }

    /// <summary>Temperature of the softmax while training; published trainings let it fall from 2 to 0.5.</summary>
    public double Temperature { get; set; } = 2;

    /// <summary>Quantises features.</summary>
    /// <param name="features">(B, T, channels).</param>
    /// <param name="mask">(B, T) of Bool: frames over which the perplexity is taken.</param>
    /// <param name="gumbel">(B T groups, vectors per group): noise for training; drawn if null.</param>
    public QuantizedFeatures Quantize(Tensor features, Tensor mask, Tensor? gumbel = null)
    {
        using TensorScope scope = Tensor.Scope();
        (int clips, int frames) = (features.Shape[0], features.Shape[1]);
        Tensor scores = _scores.Forward(features).Reshape(clips * frames, _groups, _perGroup);
        Tensor noisy = IsTraining ? scores + (gumbel ?? Gumbel(scores)).Reshape(scores.Shape.AsSpan()) : scores;
        Tensor codes = noisy.ArgMax(-1); // (BT, groups)
        Tensor chosen = OneHot(codes, scores.DType);
        if (IsTraining)
        {
            Tensor soft = (StepInputs.Find(this, TemperatureName) is { } temperature ? noisy / temperature : noisy / Temperature).Softmax(-1);
            chosen = soft + (chosen - soft).Detach(); // straight through: the value of the choice, the gradient of the softmax
        }

        Tensor perplexity = Perplexity(IsTraining ? scores.Softmax(-1) : chosen, mask.Reshape(-1, 1, 1));
        Tensor table = _vectors.Reshape(_groups, _perGroup, -1);
        Tensor vectors = chosen.Transpose(0, 1).MatMul(table).Transpose(0, 1).Reshape(clips, frames, -1);
        return new QuantizedFeatures(scope.Keep(vectors), scope.Keep(codes.Reshape(clips, frames, _groups)), scope.Keep(perplexity));
    }

    /// <summary>Gives a training step its temperature ahead, so that it can be captured.</summary>
    public void PrepareTemperature(StepInputs inputs) => inputs.Put<float>(this, TemperatureName, [(float)Temperature], [1]);

    /// <inheritdoc/>
    protected override Tensor ForwardCore(Tensor input) =>
        Quantize(input, Tensor.Full([input.Shape[0], input.Shape[1]], 1, DType.Bool, input.Device)).Vectors;

    /// <inheritdoc/>
    protected override void SetRandom(Generator generator) => _random = generator;

    /// <inheritdoc/>
    protected override void Initialize(ParameterInit init)
    {
        init.Fill("codevectors", _vectors, Initializer.Uniform(1));
        init.Fill("weight_proj.weight", _scores.Weight, Initializer.Normal(1));
        init.Fill("weight_proj.bias", _scores.Bias!, Initializer.Constant(0));
    }

    private static Tensor Perplexity(Tensor probabilities, Tensor mask)
    {
        Tensor mean = probabilities.MaskedMean(0, mask); // (groups, vectors)
        Tensor entropy = -(mean * mean.Clamp(min: SmallestProbability).Log()).Sum(-1);
        return entropy.Exp().Sum();
    }

    /// <summary>1 at each chosen vector, else 0.</summary>
    private Tensor OneHot(Tensor codes, DType type)
    {
        Tensor numbers = Tensor.Ones([_perGroup], type, codes.Device).CumSum(0) - 1; // 0, 1, 2, ...
        return codes.To(type).Unsqueeze(-1).Equal(numbers).To(type);
    }

    /// <summary>-log(-log u) with u uniform in (0, 1).</summary>
    private Tensor Gumbel(Tensor like)
    {
        Generator random = _random ?? throw new InvalidOperationException("quantiser: training needs random numbers; call UseRandom on the network first");
        return -(-random.Uniform(like.Shape, 1e-7, 1, like.Device).Log()).Clamp(min: 1e-7).Log();
    }
}
