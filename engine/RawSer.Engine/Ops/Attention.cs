using RawSer.Kernels;

namespace RawSer;

public sealed partial class Tensor
{
    /// <summary>
    /// Scaled dot product attention of these queries: <c>softmax(scale * q k^T + mask) v</c>, per batch and head. A query that may look at no
    /// key gives zeros. Operands may be views, for example heads split off by a permutation; nothing is copied, and in inference nothing of the
    /// size of the scores is stored; in training large ones are not stored either (<see cref="Backend.RecomputesAttention"/>).
    /// </summary>
    /// <param name="key">(..., S, D), for queries (..., T, D) with up to two equal leading dimensions.</param>
    /// <param name="value">(..., S, E).</param>
    /// <param name="mask">
    /// Broadcasts to (..., T, S): of Bool, true where a query may look at a key, or numbers that are added to the scores (they may require a gradient).
    /// </param>
    /// <param name="causal">Query i sees keys 0 to i only.</param>
    /// <param name="scale">Factor of the scores; 1 / sqrt(D) if left out.</param>
    /// <param name="dropout">Probability with which a weight is dropped.</param>
    /// <param name="generator">Random numbers for dropout.</param>
    /// <returns>(..., T, E).</returns>
    /// <exception cref="ArgumentException">The shapes do not fit.</exception>
    public Tensor ScaledDotProductAttention(
        Tensor key, Tensor value, Tensor? mask = null, bool causal = false, double? scale = null, double dropout = 0, Generator? generator = null)
    {
        const string Op = "scaled_dot_product_attention";
        CheckFloats(Op, this, key, value, mask is { DType: not DType.Bool } ? mask : null);
        Shape scores = AttentionScores(Op, key, value, mask);
        if (dropout is not (>= 0 and < 1) || (dropout > 0 && generator is null))
        {
            throw new ArgumentException(FormattableString.Invariant($"{Op}: dropout {dropout}{(generator is null ? " without a generator" : "")}; expected a probability from 0 to below 1, and a generator above 0"));
        }

        AttentionSettings settings = new(scale ?? 1 / Math.Sqrt(Shape[-1]), causal, 1 / (1 - dropout));
        KeptWeights kept = dropout > 0 ? new(generator!.Reserve(scores.ElementCount), dropout) : default;
        using Tensor? keep = kept.Mask(scores, Device);
        using Tensor? weights = !Backend.RecomputesAttention(scores) && Autograd.IsNeeded(this, key, value, mask) ? Empty(scores, DType, Device) : null;
        Tensor y = EmptyInOrderOf(this, Shape.With(-1, value.Shape[-1]));
        Backend.Attention(Heads(this), Heads(key), Heads(value), mask is null ? default : MaskOf(mask, scores), Heads(keep), settings, Heads(y), Heads(weights));
        return Autograd.Record(y, Op, [this, key, value, mask], [this, key, value, weights, mask], (settings, scores, kept), static (g, s) =>
        {
            Tensor q = g.Saved(0), k = g.Saved(1), v = g.Saved(2), dy = g.Grad;
            Tensor dq = EmptyInOrderOf(q, q.Shape), dk = EmptyInOrderOf(k, k.Shape), dv = EmptyInOrderOf(v, v.Shape);
            Tensor? weights = g.HasSaved(3) ? g.Saved(3) : null, keep = s.kept.Mask(s.scores, q.Device);
            Tensor? dmask = g.Needs(3) ? Empty(s.scores, q.DType, q.Device) : null;
            View mask = g.HasSaved(4) ? MaskOf(g.Saved(4), s.scores) : default;
            q.Backend.AttentionBackward(
                Heads(q), Heads(k), Heads(v), mask, Heads(weights), Heads(keep), s.settings, Heads(dy), Heads(dq), Heads(dk), Heads(dv), Heads(dmask));
            g.Set(0, dq);
            g.Set(1, dk);
            g.Set(2, dv);
            if (dmask is not null)
            {
                g.Set(3, dmask);
            }
        });
    }

    /// <summary>The shape of the scores, (..., T, S).</summary>
    private Shape AttentionScores(string op, Tensor key, Tensor value, Tensor? mask)
    {
        bool fits = Rank is >= 2 and <= 4 && key.Rank == Rank && value.Rank == Rank && key.Shape[-1] == Shape[-1] && value.Shape[-2] == key.Shape[-2];
        for (int d = 0; d < Rank - 2 && fits; d++)
        {
            fits = key.Shape[d] == Shape[d] && value.Shape[d] == Shape[d];
        }

        if (!fits)
        {
            throw new ArgumentException(
                $"{op}: query {Shape}, key {key.Shape}, value {value.Shape}; expected query (..., T, D), key (..., S, D), value (..., S, E) with up to two equal leading dimensions");
        }

        Shape scores = Shape.With(-1, key.Shape[-2]);
        if (mask is not null && Shape.Broadcast(mask.Shape, scores) != scores)
        {
            throw new ArgumentException($"{op}: mask {mask.Shape} does not broadcast to the scores {scores}");
        }

        return scores;
    }

    /// <summary>
    /// An empty tensor whose dimensions lie in memory in the order of another's: heads that were split off and permuted (batch, head, time) stay
    /// beside each other in time, so that joining them again needs no copy.
    /// </summary>
    private static Tensor EmptyInOrderOf(Tensor like, Shape shape)
    {
        if (like.Rank != 4 || like.Layout.Strides[1] >= like.Layout.Strides[2])
        {
            return Empty(shape, like.DType, like.Device);
        }

        using Tensor timeFirst = Empty([shape[0], shape[2], shape[1], shape[3]], like.DType, like.Device);
        return timeFirst.AliasAs(timeFirst.Layout.Permute([0, 2, 1, 3]));
    }

    private static View MaskOf(Tensor mask, Shape scores) => FourDimensional(mask.View.With(mask.Layout.BroadcastTo(scores)));

    private static View Heads(Tensor? tensor) => tensor is null ? default : FourDimensional(tensor.View);

    private static View FourDimensional(View view)
    {
        Layout layout = view.Layout;
        while (layout.Shape.Rank < 4)
        {
            layout = new Layout(layout.Shape.Insert(0, 1), [0, .. layout.Strides], layout.Offset);
        }

        return view.With(layout);
    }

    /// <summary>
    /// Which weights dropout keeps, as the place in the random sequence where that is drawn: the backward pass draws it again instead of holding a byte for each until then.
    /// </summary>
    private readonly record struct KeptWeights(RandomSource Source, double Dropout)
    {
        /// <summary>True with probability 1 - <see cref="Dropout"/>; null if all are kept.</summary>
        public Tensor? Mask(Shape scores, Device device)
        {
            if (Dropout == 0)
            {
                return null;
            }

            Tensor keep = Empty(scores, DType.Bool, device);
            keep.Backend.DropoutMask(keep.View, Source, Dropout);
            return keep;
        }
    }
}
