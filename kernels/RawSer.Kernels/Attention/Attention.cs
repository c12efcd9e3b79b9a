namespace RawSer.Kernels;

/// <summary>The numbers of an attention.</summary>
/// <param name="Scale">Factor of the scores; usually 1 / sqrt of the head size.</param>
/// <param name="Causal">Query i sees only keys 0 to i, counted from the first of each, also when there are more keys than queries.</param>
/// <param name="KeepScale">Factor of the weights that dropout keeps; 1 without dropout.</param>
public readonly record struct AttentionSettings(double Scale, bool Causal, double KeepScale);

public abstract partial class Backend
{
    /// <summary>
    /// Scaled dot product attention (Vaswani et al. 2017): <c>y = dropout(softmax(scale * q k^T + mask)) v</c>, for each batch and head.
    /// A query that may look at no key gives zeros.
    /// </summary>
    /// <param name="q">(B, H, T, D); any strides.</param>
    /// <param name="k">(B, H, S, D); any strides.</param>
    /// <param name="v">(B, H, S, E); any strides.</param>
    /// <param name="mask">
    /// (B, H, T, S), with strides of 0 where it repeats: Bool, true where a query may look at a key, or numbers that are added to the
    /// scores. May be left out.
    /// </param>
    /// <param name="keep">Bool, dense (B, H, T, S): the weights that dropout keeps. May be left out.</param>
    /// <param name="settings">Scale, causality, dropout.</param>
    /// <param name="y">(B, H, T, E); any strides.</param>
    /// <param name="weights">Dense (B, H, T, S): the softmax, before dropout, which the backward pass may need (<see cref="RecomputesAttention"/>). May be left out.</param>
    public abstract void Attention(View q, View k, View v, View mask, View keep, AttentionSettings settings, View y, View weights);

    /// <summary>
    /// Whether <see cref="AttentionBackward"/> should compute the softmax again, its weights left out: where they are larger than the caches, it costs about as
    /// much to store and to read them (Dao et al. 2022, FlashAttention), and the memory is saved.
    /// </summary>
    /// <param name="scores">(B, H, T, S).</param>
    public virtual bool RecomputesAttention(Shape scores) => false;

    /// <summary>The gradients of <see cref="Attention"/>. dq, dk and dv may have any strides.</summary>
    /// <param name="q">As in the forward pass.</param>
    /// <param name="k">As in the forward pass.</param>
    /// <param name="v">As in the forward pass.</param>
    /// <param name="mask">As in the forward pass; read only where the weights are left out.</param>
    /// <param name="weights">From the forward pass. May be left out if <see cref="RecomputesAttention"/>.</param>
    /// <param name="keep">As in the forward pass.</param>
    /// <param name="settings">As in the forward pass.</param>
    /// <param name="dy">(B, H, T, E); any strides.</param>
    /// <param name="dq">Gradient of q.</param>
    /// <param name="dk">Gradient of k.</param>
    /// <param name="dv">Gradient of v.</param>
    /// <param name="dmask">Dense (B, H, T, S): the gradient of what is added to the scores. May be left out.</param>
    public abstract void AttentionBackward(
        View q, View k, View v, View mask, View weights, View keep, AttentionSettings settings, View dy, View dq, View dk, View dv, View dmask);
}
