namespace RawSer.Kernels;

public abstract partial class Backend
{
    /// <summary>
    /// Noise at an exact ratio, row by row: <c>y = x + gain n</c>, <c>gain = sqrt(Px / Pn 10^(-snr / 10))</c> with the means of squares Px and Pn of the
    /// row. A silent row, or one with silent noise, stays as it is. x, noise and y are dense (rows, samples), the ratios in dB dense (rows).
    /// </summary>
    public abstract void AddNoise(View x, View noise, View ratios, View y);
}

public sealed unsafe partial class CpuBackend
{
    /// <inheritdoc/>
    public override void AddNoise(View x, View noise, View ratios, View y) =>
        WorkerPool.Shared.Run(y.Shape[0], new NoiseBody(x.Pointer<float>(), noise.Pointer<float>(), ratios.Pointer<float>(), y.Pointer<float>(), y.Shape[1]));

    private readonly struct NoiseBody(float* x, float* noise, float* ratios, float* y, int samples) : IParallelBody
    {
        public void Invoke(int row)
        {
            float* from = x + ((long)row * samples), random = noise + ((long)row * samples), to = y + ((long)row * samples);
            double power = 0, noisePower = 0;
            for (int i = 0; i < samples; i++)
            {
                power += (double)from[i] * from[i];
                noisePower += (double)random[i] * random[i];
            }

            double gain = noisePower > 0 ? Math.Sqrt(power / noisePower * Math.Pow(10, -ratios[row] / 10.0)) : 0;
            for (int i = 0; i < samples; i++)
            {
                to[i] = (float)(from[i] + (gain * random[i]));
            }
        }
    }
}

public sealed partial class ReferenceBackend
{
    /// <inheritdoc/>
    public override void AddNoise(View x, View noise, View ratios, View y)
    {
        for (int row = 0; row < y.Shape[0]; row++)
        {
            double power = 0, noisePower = 0;
            for (int i = 0; i < y.Shape[1]; i++)
            {
                power += Math.Pow(LoadAlong(x, 1, row, i), 2);
                noisePower += Math.Pow(LoadAlong(noise, 1, row, i), 2);
            }

            double gain = noisePower > 0 ? Math.Sqrt(power / noisePower * Math.Pow(10, -LoadFloat(ratios, row) / 10)) : 0;
            for (int i = 0; i < y.Shape[1]; i++)
            {
                StoreFloat(y, PlaceAlong(y.Shape, 1, row, i), LoadAlong(x, 1, row, i) + (gain * LoadAlong(noise, 1, row, i)));
            }
        }
    }
}
