using RawSer.Kernels.Resampling;

namespace RawSer.Kernels;

public sealed unsafe partial class CpuBackend
{
    /// <inheritdoc/>
    public override void Resample(View signals, ResamplingPlan plan, View output) =>
        WorkerPool.Shared.Run(output.Shape[0], new ResampleBody(signals.Pointer<float>(), signals.Shape[1], plan, output.Pointer<float>(), output.Shape[1]));

    private readonly struct ResampleBody(float* signals, int samples, ResamplingPlan plan, float* output, int outputs) : IParallelBody
    {
        public void Invoke(int signal)
        {
            Span<float> result = new(output + ((long)signal * outputs), outputs);
            plan.Kernel.Run(new ReadOnlySpan<float>(signals + ((long)signal * samples), samples), plan.Replay(), result[..plan.Positions.Length]);
            result[plan.Positions.Length..].Clear();
        }
    }
}

public sealed partial class ReferenceBackend
{
    /// <inheritdoc/>
    public override void Resample(View signals, ResamplingPlan plan, View output)
    {
        PolyphaseFilter filter = plan.Kernel.Filter;
        int samples = signals.Shape[1], outputs = output.Shape[1];
        float[] taps = new float[filter.TapCount];
        for (int j = 0; j < outputs; j++)
        {
            Array.Clear(taps);
            (int sample, int phase) = j < plan.Positions.Length ? plan.Positions[j] : (-taps.Length, 0); // all taps lie before the signal
            filter.Fill(phase, taps);
            for (int signal = 0; signal < output.Shape[0]; signal++)
            {
                double sum = 0;
                for (int i = 0; i < taps.Length; i++)
                {
                    int at = sample - filter.Left + i;
                    sum += (uint)at < (uint)samples ? taps[i] * LoadFloat(signals, ((long)signal * samples) + at) : 0;
                }

                StoreFloat(output, ((long)signal * outputs) + j, sum);
            }
        }
    }
}
