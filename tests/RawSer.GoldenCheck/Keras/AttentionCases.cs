using RawSer.Kernels;
using RawSer.Nn;

namespace RawSer.GoldenCheck.Keras;

/// <summary>Multi-head attention, and the encoder layer of keras_nlp, with Keras' masks.</summary>
internal static class AttentionCases
{
    private static readonly string[] s_projections = ["q", "k", "v", "out"];

    private static readonly (string Role, string State)[] s_attention = Projections("");

    private static readonly (string Role, string State)[] s_encoder =
    [
        .. Projections("self_attn."),
        .. new[] { "norm1", "norm2" }.SelectMany(norm => new[] { ($"{norm}.gamma", $"{norm}.weight"), ($"{norm}.beta", $"{norm}.bias") }),
        .. new[] { "linear1", "linear2" }.SelectMany(dense => new[] { ($"{dense}.w", $"{dense}.weight"), ($"{dense}.b", $"{dense}.bias") }),
    ];

    public static void Register(HandlerTable table)
    {
        table.Kind("multihead_attention", Attention);
        table.Kind("transformer_encoder", Encoder);
    }

    private static void Attention(GoldenCase golden, GoldenRun run)
    {
        GoldenAttributes attrs = golden.Attrs;
        attrs.Only("layouts", "q/k/v.w (in,heads,dim), b (heads,dim); out.w (heads,dim,out), b (out)");
        attrs.Only("computed_in", "float32");
        int heads = attrs.Int("num_heads"), keySize = attrs.Int("key_dim"), valueSize = attrs.Int("value_dim", keySize);
        Shape shape = golden.Input("x").Shape;
        Tensor? memory = run.InputOrNull("kv");
        using MultiHeadAttention attention = new(shape[-1], heads, headSize: keySize, valueSize: valueSize, memoryDim: memory?.Shape[-1]);
        Tensor? mask = Mask(golden, run, "mask");
        Tensor Forward(Tensor x) => attention.Forward(x, memory ?? x, mask);

        LayerRun.Run(golden, run, attention, Forward, s_attention);
        if (golden.HasOutput("probs"))
        {
            GoldenTensor? weights = null;
            Module.Observe(call => weights = call.Step == "weights" ? GoldenRun.ToHost(call.Output) : weights, () => Forward(run.ToDevice(golden.Input("x"))));
            run.Output("probs", weights!);
        }
    }

    private static void Encoder(GoldenCase golden, GoldenRun run)
    {
        if (Models.EncoderStackCases.Takes(golden))
        {
            Models.EncoderStackCases.Run(golden, run);
            return;
        }

        GoldenAttributes attrs = golden.Attrs;
        int dim = golden.Input("x").Shape[-1];
        TransformerEncoderOptions options = TransformerEncoderOptions.KerasNlp(dim, attrs.Int("num_heads"), attrs.Int("intermediate_dim")) with
        {
            NormEpsilon = attrs.Double("epsilon", 1e-5),
            NormFirst = attrs.Bool("normalize_first", false),
            Activation = attrs.String("activation", "relu") switch
            {
                "relu" => FeedForwardActivation.Relu,
                "gelu" => FeedForwardActivation.Gelu,
                string other => throw new GoldenUnsupportedException($"activation {other}"),
            },
        };
        using TransformerEncoderLayer layer = new(options);
        Tensor? mask = Mask(golden, run, "padding_mask");
        LayerRun.Run(golden, run, layer, x => layer.Forward(x, mask), s_encoder);
    }

    /// <summary>A mask (B, T, S) of pairs, or (B, S) of keys, true where a query may look.</summary>
    private static Tensor? Mask(GoldenCase golden, GoldenRun run, string role)
    {
        if (golden.InputOrNull(role) is not { } mask)
        {
            return null;
        }

        Shape shape = mask.Shape.Rank == 2 ? mask.Shape.Insert(1, 1) : mask.Shape;
        return MultiHeadAttention.KerasMask(Tensor.From(mask.Bools, shape, run.Device));
    }

    private static (string Role, string State)[] Projections(string prefix) =>
        [.. s_projections.SelectMany(name => new[] { ($"{name}.w", $"{prefix}{name}.weight"), ($"{name}.b", $"{prefix}{name}.bias") })];
}
