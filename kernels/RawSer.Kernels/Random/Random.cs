namespace RawSer.Kernels;

/// <summary>Where in the random sequences an operation draws: a key, a stream and a first block of <see cref="Philox"/>.</summary>
/// <param name="Seed">The key.</param>
/// <param name="Stream">Upper half of the counter.</param>
/// <param name="Block">First block of 64 words; element i of a tensor, in row-major order, has word i of the sequence from there.</param>
public readonly record struct RandomSource(ulong Seed, ulong Stream, ulong Block);

public abstract partial class Backend
{
    /// <summary>Elements uniform from low up to high: <c>low + (high - low) * u</c> in F32 with u, below 1, a multiple of 2^-24 from the upper bits of the element's word. y is dense F32.</summary>
    public abstract void RandomUniform(View y, RandomSource source, double low, double high);

    /// <summary>
    /// Elements normal with this mean and deviation, by the transform of Box and Muller (1958): words 0-31 of a block give radii, words 32-63 angles, and the
    /// pair (i, i + 32) gives the elements i (cosine) and i + 32 (sine). y is dense F32.
    /// </summary>
    public abstract void RandomNormal(View y, RandomSource source, double mean, double deviation);

    /// <summary>
    /// Inverted dropout: an element is kept, and scaled by 1 / (1 - p), when its word is at least p * 2^32; else it is 0. <paramref name="mask"/> (Bool, dense)
    /// receives what was kept. All are dense; x and y may be the same.
    /// </summary>
    public abstract void Dropout(View x, View y, View mask, RandomSource source, double p);

    /// <summary>What <see cref="Dropout"/> with the same source and probability keeps. The mask is Bool and dense.</summary>
    public abstract void DropoutMask(View mask, RandomSource source, double p);

    /// <summary><c>y = mask ? scale * x : 0</c>, elementwise on dense views: dropout with a given mask, and its backward pass.</summary>
    public abstract void MaskScale(View x, View mask, View y, double scale);
}
