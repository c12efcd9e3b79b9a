using RawSer.Kernels.Resampling;

namespace RawSer.Kernels;

public abstract partial class Backend
{
    /// <summary>
    /// Signals (signals, samples) at other positions (signals, outputs), both dense F32: output j is the inner product of the taps of its phase with the
    /// samples around its position; signals are zero outside their ends.
    /// </summary>
    public abstract void Resample(View signals, ResamplingPlan plan, View output);
}
