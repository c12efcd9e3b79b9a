using System.Numerics;

namespace RawSer.Kernels;

public sealed unsafe partial class ReferenceBackend
{
    /// <inheritdoc/>
    public override void RandomUniform(View y, RandomSource source, double low, double high) => HostRandom.Uniform(y, source, low, high, parallel: false);

    /// <inheritdoc/>
    public override void RandomNormal(View y, RandomSource source, double mean, double deviation) => HostRandom.Normal(y, source, mean, deviation, parallel: false);

    /// <inheritdoc/>
    public override void Dropout(View x, View y, View mask, RandomSource source, double p)
    {
        DropoutMask(mask, source, p);
        MaskScale(x, mask, y, 1 / (1 - p));
    }

    /// <inheritdoc/>
    public override void DropoutMask(View mask, RandomSource source, double p)
    {
        byte* kept = (byte*)mask.Pointer<bool>();
        uint threshold = RandomBlocks.Threshold(p);
        uint* words = stackalloc uint[Philox.BlockWords];
        for (long i = 0; i < mask.Count; i++)
        {
            if (i % Philox.BlockWords == 0)
            {
                Philox.FillBlock(source.Seed, source.Block + (ulong)(i / Philox.BlockWords), source.Stream, words);
            }

            kept[i] = words[i % Philox.BlockWords] >= threshold ? (byte)1 : (byte)0;
        }
    }

    /// <inheritdoc/>
    public override void MaskScale(View x, View mask, View y, double scale)
    {
        if (y.DType == DType.F64)
        {
            MaskScale(x.Pointer<double>(), mask.Pointer<bool>(), y.Pointer<double>(), y.Count, scale);
        }
        else
        {
            MaskScale(x.Pointer<float>(), mask.Pointer<bool>(), y.Pointer<float>(), y.Count, (float)scale);
        }
    }

    private static void MaskScale<T>(T* x, bool* mask, T* y, long count, T scale) where T : unmanaged, INumber<T>
    {
        for (long i = 0; i < count; i++)
        {
            y[i] = mask[i] ? x[i] * scale : T.Zero;
        }
    }
}
