using RawSer.Nn;

namespace RawSer.Models.Wav2Vec2;

/// <summary>
/// A learned number per head for each bucket of relative positions (<see cref="RelativePositionBuckets"/>). Parameter <c>weight</c> (buckets, heads).
/// </summary>
internal sealed class RelativePositions : Module
{
    private const string BucketsName = "buckets";

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
        Tensor buckets = StepInputs.Find(this, BucketsName) ?? Tensor.From(Buckets(frames), [frames * frames], device);
        return _weight.IndexSelect(0, buckets).Transpose(0, 1).Reshape(-1, frames, frames);
    }

    /// <summary>Makes the buckets ahead of a training step, so that it can be captured.</summary>
    public void PrepareFrames(int frames, StepInputs inputs) => inputs.PutOnce(this, BucketsName, [frames * frames], () => Buckets(frames));

    /// <inheritdoc/>
    protected override Tensor ForwardCore(Tensor input) => throw new NotSupportedException("relative positions are applied by attention");

    /// <inheritdoc/>
    protected override void Initialize(ParameterInit init) => init.Fill("weight", _weight, init.Scheme.Embedding);

    private long[] Buckets(int frames)
    {
        long[] buckets = new long[checked(frames * frames)];
        for (int query = 0; query < frames; query++)
        {
            for (int key = 0; key < frames; key++)
            {
                buckets[(query * frames) + key] = RelativePositionBuckets.Of(key - query, _buckets, _maxDistance);
            }
        }

        return buckets;
    }
}
