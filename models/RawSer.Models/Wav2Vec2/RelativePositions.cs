using RawSer.Nn;

namespace RawSer.Models.Wav2Vec2;

/// <summary>
/// A learned number per head for each bucket of relative positions (<see cref="RelativePositionBuckets"/>). Parameter <c>weight</c> (buckets, heads).
/// </summary>
internal sealed class RelativePositions : Module
{
    private readonly Tensor _weight;
    private readonly int _buckets;
    private readonly int _maxDistance;

    public RelativePositions(Wav2Vec2Config config)
    {
        (_buckets, _maxDistance) = (config.PositionBuckets, config.MaxBucketDistance);
        _weight = Parameter("weight", [_buckets, config.Heads]);
    }

    /// <summary>(H, T, T): rows are queries, columns keys.</summary>
    public Tensor Bias(int frames, Device device)
    {
        long[] buckets = new long[checked(frames * frames)];
        for (int query = 0; query < frames; query++)
        {
            for (int key = 0; key < frames; key++)
            {
                buckets[(query * frames) + key] = RelativePositionBuckets.Of(key - query, _buckets, _maxDistance);
            }
        }

        return _weight.IndexSelect(0, Tensor.From(buckets, [buckets.Length], device)).Transpose(0, 1).Reshape(-1, frames, frames);
    }

    /// <inheritdoc/>
    protected override Tensor ForwardCore(Tensor input) => throw new NotSupportedException("relative positions are applied by attention");

    /// <inheritdoc/>
    protected override void Initialize(ParameterInit init) => init.Fill("weight", _weight, init.Scheme.Embedding);
}
