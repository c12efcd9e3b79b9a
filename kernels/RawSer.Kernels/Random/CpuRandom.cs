using System.Runtime.Intrinsics;

namespace RawSer.Kernels;

public sealed unsafe partial class CpuBackend
{
    /// <inheritdoc/>
    public override void RandomUniform(View y, RandomSource source, double low, double high) => HostRandom.Uniform(y, source, low, high, parallel: true);

    /// <inheritdoc/>
    public override void RandomNormal(View y, RandomSource source, double mean, double deviation) => HostRandom.Normal(y, source, mean, deviation, parallel: true);

    /// <inheritdoc/>
    public override void Dropout(View x, View y, View mask, RandomSource source, double p) => HostRandom.Dropout(x, y, mask, source, p, parallel: true);

    /// <inheritdoc/>
    public override void DropoutMask(View mask, RandomSource source, double p) => HostRandom.DropoutMask(mask, source, p);

    /// <inheritdoc/>
    public override void MaskScale(View x, View mask, View y, double scale)
    {
        MaskScaleBody body = new(x.Pointer<float>(), (byte*)mask.Pointer<bool>(), y.Pointer<float>(), y.Count, (float)scale);
        WorkerPool.Shared.Run(WorkerPool.PartCount(y.Count), body);
    }

    private readonly struct MaskScaleBody(float* x, byte* mask, float* y, long count, float scale) : IParallelBody
    {
        public void Invoke(int index)
        {
            long i = (long)index * WorkerPool.Grain;
            long end = Math.Min(i + WorkerPool.Grain, count);
            if (Vector512.IsHardwareAccelerated)
            {
                Vector512<float> factor = Vector512.Create(scale);
                for (; i <= end - 16; i += 16)
                {
                    // 0 - 1 is all bits set: a mask to AND with.
                    Vector256<ushort> halves = Vector256.WidenLower(Vector128.Load(mask + i).ToVector256());
                    (Vector256<uint> low, Vector256<uint> high) = Vector256.Widen(halves);
                    Vector512<uint> kept = -Vector512.Create(low, high);
                    (Vector512.Load(x + i) * factor & kept.AsSingle()).Store(y + i);
                }
            }

            for (; i < end; i++)
            {
                y[i] = mask[i] != 0 ? x[i] * scale : 0;
            }
        }
    }
}
