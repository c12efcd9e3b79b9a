namespace RawSer.Models.Wav2Vec2;

/// <summary>
/// Buckets of relative positions (Raffel et al. 2020): half of them for keys behind the query, of each half the first half exact, the rest
/// logarithmic up to the largest distance.
/// </summary>
public static class RelativePositionBuckets
{
    /// <summary>The bucket of a distance. The library takes the logarithm in F32, which decides at the borders.</summary>
    /// <param name="distance">Key position minus query position.</param>
    /// <param name="buckets">Number of buckets, a multiple of 4.</param>
    /// <param name="maxDistance">From this distance on all are alike.</param>
    public static int Of(int distance, int buckets, int maxDistance)
    {
        int half = buckets / 2, exact = half / 2, length = Math.Abs(distance), side = distance > 0 ? half : 0;
        if (length < exact)
        {
            return side + length;
        }

        float large = MathF.Log((float)length / exact) / (float)Math.Log((double)maxDistance / exact) * (half - exact);
        return side + Math.Min((int)(exact + large), half - 1);
    }
}
