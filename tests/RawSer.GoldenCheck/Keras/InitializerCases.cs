using RawSer.Kernels;
using RawSer.Nn;
using RawSer.Testing;

namespace RawSer.GoldenCheck.Keras;

/// <summary>Fans, limits and deviations of the initialisers, and that a draw has them.</summary>
internal static class InitializerCases
{
    public static void Register(HandlerTable table) => table.Kind("initializer", Check);

    private static void Check(GoldenCase golden, GoldenRun run)
    {
        if (!golden.Attrs.Has("init"))
        {
            CheckConstants(golden.Attrs, run);
            return;
        }

        GoldenAttributes attrs = golden.Attrs;
        Shape shape = attrs.Ints("shape");
        Fans fans = Fans.Keras(shape);
        Initializer initializer = Rule(attrs);
        run.Close("fan_in", fans.In, attrs.Double("fan_in"));
        run.Close("fan_out", fans.Out, attrs.Double("fan_out"));
        run.Close("deviation", initializer.Deviation(fans), attrs.Double("std"));
        double limit = attrs.Double("limit", double.PositiveInfinity);
        run.Close("limit", initializer.Limit(fans), limit);
        if (attrs.Has("raw_stddev"))
        {
            // A normal cut at two deviations has the share below of the deviation it had before.
            const double CutShare = 0.87962566103423978;
            run.Close("deviation before the cut", initializer.Deviation(fans) / CutShare, attrs.Double("raw_stddev"));
        }

        attrs.Only("bias", "zeros");
        attrs.Describe("sample"); // one draw of Keras

        using Weight weight = new(shape, initializer, fans);
        weight.Initialize(1);
        double[] values = ToDoubles(weight);
        double mean = values.Average();
        double deviation = Math.Sqrt(values.Average(v => (v - mean) * (v - mean)));
        double fiveStandardErrors = 5 * attrs.Double("std") / Math.Sqrt(values.Length);
        run.Check("values within the limit", values.All(v => Math.Abs(v) <= (float)limit));
        run.Close("mean of a draw", mean, 0, new Tolerance(0, fiveStandardErrors));
        run.Close("deviation of a draw", deviation, attrs.Double("std"), new Tolerance(0, fiveStandardErrors));
        if (golden.Name.Contains("_mha", StringComparison.Ordinal))
        {
            CheckAttention(golden, run, shape);
        }
    }

    /// <summary>What starts without random numbers.</summary>
    private static void CheckConstants(GoldenAttributes attrs, GoldenRun run)
    {
        using Sequential network = new Sequential(("batchnorm", BatchNorm.Keras(3)), ("layernorm", new LayerNorm([3])), ("dense", new Linear(3, 3)))
            .Initialize(1, InitScheme.Keras);
        void Starts(string state, double value) => run.Check(state, network.State(state).ToArray<float>().All(v => v == value));
        GoldenAttributes batch = attrs.Object("batchnorm"), layer = attrs.Object("layernorm");
        Starts("batchnorm.weight", batch.Double("gamma"));
        Starts("batchnorm.bias", batch.Double("beta"));
        Starts("batchnorm.running_mean", batch.Double("moving_mean"));
        Starts("batchnorm.running_var", batch.Double("moving_variance"));
        Starts("layernorm.weight", layer.Double("gamma"));
        Starts("layernorm.bias", layer.Double("beta"));
        Starts("dense.bias", attrs.Double("bias"));
    }

    /// <summary>The scheme gives attention projections the fans of the kernels that Keras has for them.</summary>
    private static void CheckAttention(GoldenCase golden, GoldenRun run, Shape shape)
    {
        bool output = golden.Name.EndsWith("_out", StringComparison.Ordinal);
        (int heads, int headDim, int dim) = output ? (shape[0], shape[1], shape[2]) : (shape[1], shape[2], shape[0]);
        InitScheme scheme = InitScheme.Keras;
        run.Close("limit without the quirk", Initializer.GlorotUniform.Limit(Fans.Linear(dim, heads * headDim)), golden.Attrs.Double("true_glorot_limit"));
        Fans fans = output ? scheme.AttentionOutputFans(dim, heads, headDim) : scheme.AttentionInputFans(dim, heads, headDim);
        run.Close("limit of the scheme", (output ? scheme.AttentionOutput : scheme.AttentionInput).Limit(fans), golden.Attrs.Double("limit"));
    }

    private static Initializer Rule(GoldenAttributes attrs) => attrs.String("init") switch
    {
        "glorot_uniform" => Initializer.GlorotUniform,
        "glorot_normal" => Initializer.GlorotNormal,
        "he_normal" => Initializer.HeNormal,
        "he_uniform" => Initializer.HeUniform,
        "lecun_normal" => Initializer.LecunNormal,
        "truncated_normal" => Initializer.TruncatedNormal(attrs.Double("raw_stddev")),
        "random_uniform" => Initializer.Uniform(attrs.Double("limit")),
        "random_normal" => Initializer.Normal(attrs.Double("std")),
        string other => throw new GoldenUnsupportedException($"initialiser {other}"),
    };

    private static double[] ToDoubles(Weight weight) => GoldenRun.ToHost(weight.State("weight")).Doubles;

    private sealed class Weight : Module
    {
        private readonly Tensor _weight;
        private readonly Initializer _rule;
        private readonly Fans _fans;

        public Weight(Shape shape, Initializer rule, Fans fans)
        {
            _weight = Parameter("weight", shape);
            _rule = rule;
            _fans = fans;
        }

        protected override Tensor ForwardCore(Tensor input) => input;

        protected override void Initialize(ParameterInit init) => init.Fill("weight", _weight, _rule, _fans);
    }
}
