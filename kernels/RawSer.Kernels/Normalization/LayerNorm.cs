namespace RawSer.Kernels;

public abstract partial class Backend
{
    /// <summary>
    /// <c>y = (x - mean) * inverse * weight + bias</c> for each row, where mean and biased variance are those of the row and
    /// <c>inverse = 1 / sqrt(variance + epsilon)</c> (Ba, Kiros and Hinton 2016). x is dense and has as many rows as mean and inverse, which
    /// are outputs, have elements; weight (1) and bias (0) have one element per column and may be left out.
    /// </summary>
    public abstract void LayerNorm(View x, View weight, View bias, double epsilon, View y, View mean, View inverse);

    /// <summary>
    /// The gradients of <see cref="LayerNorm"/>. With xhat = (x - mean) * inverse and g = dy * weight,
    /// <c>dx = inverse * (g - mean(g) - xhat * mean(g * xhat))</c>, <c>dweight = sum of dy * xhat</c> and <c>dbias = sum of dy</c> over the
    /// rows. x and dy are dense; each output may be left out.
    /// </summary>
    public abstract void LayerNormBackward(View x, View dy, View weight, View mean, View inverse, View dx, View dweight, View dbias);

    /// <summary>
    /// Like <see cref="LayerNorm"/> for x (N, C, ...) whose channels are normalised in <paramref name="groups"/> groups of neighbours per
    /// sample (Wu and He 2018): mean and inverse have N * groups elements, weight and bias one per channel. One group per channel is
    /// instance normalisation.
    /// </summary>
    public abstract void GroupNorm(View x, int groups, View weight, View bias, double epsilon, View y, View mean, View inverse);

    /// <summary>The gradients of <see cref="GroupNorm"/>; x and dy are dense, each output may be left out.</summary>
    public abstract void GroupNormBackward(View x, View dy, int groups, View weight, View mean, View inverse, View dx, View dweight, View dbias);
}
