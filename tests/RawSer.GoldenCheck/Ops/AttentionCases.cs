namespace RawSer.GoldenCheck.Ops;

/// <summary>Scaled dot product attention, and PyTorch's multi-head attention and encoder layer as functions of their state dicts.</summary>
internal static class AttentionCases
{
    public static void Register(HandlerTable table)
    {
        table.Op("scaled_dot_product_attention", (golden, run) => run.Result(run.Input("q").ScaledDotProductAttention(
            run.Input("k"), run.Input("v"), run.InputOrNull("mask"), golden.Attrs.Bool("is_causal"), golden.Attrs.DoubleOrNull("scale"))));
        table.Op("multihead_attention", MultiHead);
        table.Op("transformer_encoder_layer", EncoderLayer);
    }

    private static void MultiHead(GoldenCase golden, GoldenRun run)
    {
        bool batchFirst = golden.Attrs.Bool("batch_first");
        Tensor query = run.Input("query"), key = run.InputOrNull("key") ?? query;
        Tensor wIn = run.Input("in_proj_weight"), bIn = run.Input("in_proj_bias"), wOut = run.Input("out_proj.weight"), bOut = run.Input("out_proj.bias");
        Tensor x = batchFirst ? query : query.Transpose(0, 1), memory = batchFirst ? key : key.Transpose(0, 1);
        Tensor? allowed = Allowed(run, "key_padding_mask", "attn_mask");
        int heads = golden.Attrs.Int("num_heads");
        run.Equal("embed_dim", query.Shape[-1], golden.Attrs.Int("embed_dim", query.Shape[-1]));
        (Tensor q, Tensor k, Tensor v) = Project(x, memory, wIn, bIn, heads);

        // The weights are a result here, so they are composed; the fused operation must agree with them.
        Tensor scores = q.MatMul(k.Transpose(-2, -1)) * (1 / Math.Sqrt(q.Shape[-1]));
        Tensor softmax = (allowed is null ? scores : scores.MaskedFill(allowed.LogicalNot(), double.NegativeInfinity)).Softmax(-1);
        Tensor y = Join(softmax.MatMul(v)).Linear(wOut, bOut);
        run.Results(("y", batchFirst ? y : y.Transpose(0, 1)), ("weights", softmax.Mean([1])));
        Tensor fused = Join(q.ScaledDotProductAttention(k, v, allowed)).Linear(wOut, bOut);
        run.Output("y", batchFirst ? fused : fused.Transpose(0, 1));
    }

    private static void EncoderLayer(GoldenCase golden, GoldenRun run)
    {
        GoldenAttributes attrs = golden.Attrs;
        Tensor x = run.Input("x"), wIn = run.Input("self_attn.in_proj_weight"), bIn = run.Input("self_attn.in_proj_bias");
        Tensor wOut = run.Input("self_attn.out_proj.weight"), bOut = run.Input("self_attn.out_proj.bias");
        Tensor w1 = run.Input("linear1.weight"), b1 = run.Input("linear1.bias"), w2 = run.Input("linear2.weight"), b2 = run.Input("linear2.bias");
        Tensor norm1 = run.Input("norm1.weight"), shift1 = run.Input("norm1.bias"), norm2 = run.Input("norm2.weight"), shift2 = run.Input("norm2.bias");
        Tensor? allowed = Allowed(run, "key_padding_mask", "attn_mask");
        double epsilon = attrs.Double("layer_norm_eps");
        bool gelu = attrs.Choice("activation", ("relu", false), ("gelu", true));
        run.Equal("d_model", x.Shape[-1], attrs.Int("d_model", x.Shape[-1]));
        run.Equal("dim_feedforward", w1.Shape[0], attrs.Int("dim_feedforward", w1.Shape[0]));

        Tensor Attention(Tensor input)
        {
            (Tensor q, Tensor k, Tensor v) = Project(input, input, wIn, bIn, attrs.Int("nhead"));
            return Join(q.ScaledDotProductAttention(k, v, allowed)).Linear(wOut, bOut);
        }

        Tensor FeedForward(Tensor input)
        {
            Tensor hidden = input.Linear(w1, b1);
            return (gelu ? hidden.Gelu() : hidden.Relu()).Linear(w2, b2);
        }

        if (attrs.Bool("norm_first"))
        {
            Tensor mixed = x + Attention(x.LayerNorm(norm1, shift1, epsilon));
            run.Result(mixed + FeedForward(mixed.LayerNorm(norm2, shift2, epsilon)));
        }
        else
        {
            Tensor mixed = (x + Attention(x)).LayerNorm(norm1, shift1, epsilon);
            run.Result((mixed + FeedForward(mixed)).LayerNorm(norm2, shift2, epsilon));
        }
    }

    /// <summary>Queries, keys and values as heads (B, H, T, size), from one weight (3 * dim, dim) of all three.</summary>
    private static (Tensor Q, Tensor K, Tensor V) Project(Tensor x, Tensor memory, Tensor weight, Tensor bias, int heads)
    {
        int dim = weight.Shape[1];
        Tensor Head(Tensor input, int part) =>
            input.Linear(weight.Slice(0, part * dim, (part + 1) * dim), bias.Slice(0, part * dim, (part + 1) * dim)).Reshape(input.Shape[0], input.Shape[1], heads, dim / heads).Permute(0, 2, 1, 3);
        return (Head(x, 0), Head(memory, 1), Head(memory, 2));
    }

    /// <summary>(B, H, T, size) to (B, T, H * size).</summary>
    private static Tensor Join(Tensor heads) => heads.Permute(0, 2, 1, 3).Reshape(heads.Shape[0], heads.Shape[2], heads.Shape[1] * heads.Shape[3]);

    /// <summary>PyTorch's modules leave out what a mask marks; here true means that a query may look.</summary>
    private static Tensor? Allowed(GoldenRun run, string padding, string attention)
    {
        if (run.InputOrNull(padding) is { } keys)
        {
            return keys.LogicalNot().Reshape(keys.Shape[0], 1, 1, keys.Shape[1]);
        }

        return run.InputOrNull(attention) is { } pairs ? pairs.LogicalNot().Reshape(1, 1, pairs.Shape[-2], pairs.Shape[-1]) : null;
    }
}
