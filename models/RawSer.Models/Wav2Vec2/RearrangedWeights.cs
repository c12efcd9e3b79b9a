using RawSer.Nn;

namespace RawSer.Models.Wav2Vec2;

/// <summary>Parameters of a convolution whose weight is read as matrices in another order than it is stored in.</summary>
internal abstract class RearrangedWeights : Module
{
    private Tensor? _packed;

    /// <inheritdoc/>
    protected sealed override long OwnPackedBytes => (_packed?.ElementCount ?? 0) * sizeof(float);

    /// <summary>The stored weight.</summary>
    protected abstract Tensor Stored { get; }

    /// <summary>The weight as the windows meet it: computed at each use, or once where weights are packed.</summary>
    public Tensor Matrices() => _packed ?? Rearranged();

    /// <summary>Computes it.</summary>
    protected abstract Tensor Rearranged();

    /// <inheritdoc/>
    protected sealed override void PackCore(bool keepOriginals)
    {
        UnpackCore();
        _packed = Packed(Rearranged);
        if (!keepOriginals)
        {
            GiveUpOriginal(Stored);
        }
    }

    /// <inheritdoc/>
    protected sealed override void UnpackCore()
    {
        _packed?.Dispose();
        _packed = null;
    }

    /// <inheritdoc/>
    protected sealed override Tensor ForwardCore(Tensor input) => throw new NotSupportedException("the weights of a convolution are applied by its layer");
}
