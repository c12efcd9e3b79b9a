using RawSer.Gpu.Dialect;

namespace RawSer.Kernels;

/// <summary>
/// The logits of a loss as a device kernel receives them: dense (outer, classes, inner), one item per outer and inner index. Class c of
/// an item stands <see cref="Inner"/> elements after class c - 1.
/// </summary>
internal readonly struct LossLines
{
    // From here on, lanes of a warp that share an item are less idle than threads that read at a distance are slow.
    private const int ClassesOfAWarp = 16;

    /// <summary>Number of items.</summary>
    public readonly int Items;

    /// <summary>Number of classes.</summary>
    public readonly int Classes;

    /// <summary>Distance of neighbouring classes.</summary>
    public readonly int Inner;

    /// <summary>1 - s: what smoothing leaves a target.</summary>
    public readonly float Own;

    /// <summary>s / C: what smoothing gives every class.</summary>
    public readonly float Share;

    /// <summary>Not 0 if there is smoothing.</summary>
    public readonly int IsSmoothed;

    private readonly DeviceDivisor _byInner;
    private readonly DeviceDivisor _byClasses;
    private readonly int _isWeighted;

    public LossLines(View logits, int classDim, View weights, double smoothing)
    {
        int elements = logits.IntCount();
        Classes = logits.Shape[classDim];
        Items = elements / Math.Max(1, Classes);
        Inner = 1;
        for (int d = classDim + 1; d < logits.Shape.Rank; d++)
        {
            Inner *= logits.Shape[d];
        }

        (_byInner, _byClasses) = (new(Math.Max(1, Inner)), new(Math.Max(1, Classes)));
        _isWeighted = weights.Exists ? 1 : 0;
        IsSmoothed = smoothing > 0 ? 1 : 0;
        Own = (float)(1 - smoothing);
        Share = (float)(smoothing / Math.Max(1, Classes));
    }

    /// <summary>Whether a warp takes an item, else a thread.</summary>
    public bool InWarps => Inner == 1 && Classes >= ClassesOfAWarp;

    /// <summary>Where class 0 of an item stands.</summary>
    public int Start(int item)
    {
        int outer = _byInner.Divide(item, out int inner);
        return (outer * Classes * Inner) + inner;
    }

    /// <summary>The item of a logit, and its class.</summary>
    public int Item(int place, out int c)
    {
        int outer = _byClasses.Divide(_byInner.Divide(place, out int inner), out c);
        return (outer * Inner) + inner;
    }

    /// <summary>The weight of a class.</summary>
    public float Weight(ArrayView<float> weights, int c) => _isWeighted == 0 ? 1 : weights[c];

    /// <summary>log p = logit - max - logSum.</summary>
    public void Normalise<TTeam>(ArrayView<float> logits, int start, out float max, out float logSum) where TTeam : struct, ILineTeam
    {
        float largest = float.NegativeInfinity;
        for (int c = TTeam.First; c < Classes; c += TTeam.Size)
        {
            float value = logits[start + (c * Inner)];
            largest = value > largest || float.IsNaN(value) ? value : largest;
        }

        max = TTeam.Max(largest);
        float sum = 0;
        for (int c = TTeam.First; c < Classes; c += TTeam.Size)
        {
            sum += MathX.Exp(logits[start + (c * Inner)] - max);
        }

        logSum = MathX.Log(TTeam.Sum(sum));
    }
}
