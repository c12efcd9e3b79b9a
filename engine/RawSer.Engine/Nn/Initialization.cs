namespace RawSer.Nn;

/// <summary>Initial values for whole networks.</summary>
public static class Initialization
{
    /// <summary>
    /// Gives every parameter of a module its initial value. Each parameter draws from a stream of its own, which depends on the seed and the
    /// parameter's full name only: not on the device, the number of threads, or what other parameters there are.
    /// </summary>
    /// <param name="module">The network.</param>
    /// <param name="seed">Any number.</param>
    /// <param name="scheme">Whose defaults apply; <see cref="InitScheme.PyTorch"/> if left out.</param>
    /// <returns>The module.</returns>
    public static T Initialize<T>(this T module, ulong seed, InitScheme? scheme = null) where T : Module
    {
        // Children first: a module may then overrule what its parts do by default.
        foreach (NamedModule part in module.NamedModules().Reverse())
        {
            part.Module.InitializeOwn(new ParameterInit(scheme ?? InitScheme.PyTorch, seed, part.Name));
        }

        return module;
    }
}

/// <summary>Whose defaults the layers of a network are initialised with.</summary>
public sealed class InitScheme
{
    private InitScheme()
    {
    }

    /// <summary>
    /// Defaults of Keras: Glorot uniform kernels, biases 0, embeddings uniform within 0.05. The kernels of multi-head attention keep the fans
    /// that Keras gives to kernels of rank 3 (<see cref="Fans.Keras"/>), so their limits are far smaller than Glorot's.
    /// </summary>
    public static InitScheme Keras { get; } = new()
    {
        Kernel = Initializer.GlorotUniform,
        Bias = Initializer.Constant(0),
        Embedding = Initializer.Uniform(0.05),
        AttentionInput = Initializer.GlorotUniform,
        AttentionOutput = Initializer.GlorotUniform,
        AttentionInputFans = (dim, heads, size) => Fans.Keras([dim, heads, size]),
        AttentionOutputFans = (dim, heads, size) => Fans.Keras([heads, size, dim]),
    };

    /// <summary>
    /// Defaults of PyTorch: kernels <c>kaiming_uniform_(a=sqrt(5))</c>, that is uniform within 1/sqrt(fan in), and biases within the same limit;
    /// embeddings standard normal; attention inputs <c>xavier_uniform_</c> over the stacked matrix (3 dim, dim), attention biases 0.
    /// </summary>
    public static InitScheme PyTorch { get; } = new()
    {
        Kernel = Initializer.KaimingUniform(Math.Sqrt(5)),
        Bias = new VarianceScaling(1.0 / 3, FanMode.In, Distribution.Uniform),
        Embedding = Initializer.Normal(1),
        AttentionInput = Initializer.GlorotUniform,
        AttentionOutput = Initializer.KaimingUniform(Math.Sqrt(5)),
        AttentionInputFans = (dim, heads, size) => Fans.Linear(dim, 3 * heads * size),
        AttentionOutputFans = (dim, heads, size) => Fans.Linear(heads * size, dim),
    };

    /// <summary>Weights of linear and convolution layers.</summary>
    public required Initializer Kernel { get; init; }

    /// <summary>Their biases; fans are those of the weight.</summary>
    public required Initializer Bias { get; init; }

    /// <summary>Embedding tables.</summary>
    public required Initializer Embedding { get; init; }

    /// <summary>Query, key and value projections of attention. Their biases are 0.</summary>
    public required Initializer AttentionInput { get; init; }

    /// <summary>The output projection of attention. Its bias is 0.</summary>
    public required Initializer AttentionOutput { get; init; }

    /// <summary>Fans of query, key and value for a model dimension, a number of heads and the size of a head.</summary>
    public required Func<int, int, int, Fans> AttentionInputFans { get; init; }

    /// <summary>Fans of the output projection for a model dimension, a number of heads and the size of a head.</summary>
    public required Func<int, int, int, Fans> AttentionOutputFans { get; init; }
}

/// <summary>What a module fills its parameters with.</summary>
public sealed class ParameterInit
{
    private readonly ulong _seed;
    private readonly string _prefix;

    internal ParameterInit(InitScheme scheme, ulong seed, string prefix)
    {
        Scheme = scheme;
        _seed = seed;
        _prefix = prefix;
    }

    /// <summary>Whose defaults apply.</summary>
    public InitScheme Scheme { get; }

    /// <summary>Fills <c>weight</c> and <c>bias</c> of a linear or convolution layer with the scheme's defaults.</summary>
    public void FillLayer(Tensor weight, Tensor? bias, Fans fans)
    {
        Fill("weight", weight, Scheme.Kernel, fans);
        if (bias is not null)
        {
            Fill("bias", bias, Scheme.Bias, fans);
        }
    }

    /// <summary>Fills a parameter.</summary>
    /// <param name="name">Its name in the module (with dots if it belongs to a child), which selects the random stream.</param>
    /// <param name="parameter">The parameter.</param>
    /// <param name="initializer">The rule.</param>
    /// <param name="fans">For rules that scale with fans.</param>
    public void Fill(string name, Tensor parameter, Initializer initializer, Fans fans = default)
    {
        float[] values = GC.AllocateUninitializedArray<float>(checked((int)parameter.ElementCount));
        initializer.Fill(values, fans, new RandomStream(_seed, _prefix.Length == 0 ? name : $"{_prefix}.{name}"));
        parameter.CopyFrom<float>(values);
    }
}
