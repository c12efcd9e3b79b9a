using System.Collections.Concurrent;
using RawSer.Kernels.Spectral;

namespace RawSer.Kernels;

public sealed unsafe partial class CpuBackend
{
    private static readonly ConcurrentBag<StftWorkspace> s_spectralWorkspaces = [];

    /// <inheritdoc/>
    public override void MelFeatures(View waves, MelFeaturePlan plan, View features) =>
        WorkerPool.Shared.Run(waves.Shape[0], new MelFeatureBody(waves.Pointer<float>(), plan, features.Pointer<float>(), waves.Shape[1], features.Shape[1] * features.Shape[2]));

    private readonly struct MelFeatureBody(float* waves, MelFeaturePlan plan, float* features, int samples, int values) : IParallelBody
    {
        public void Invoke(int clip)
        {
            StftWorkspace workspace = s_spectralWorkspaces.TryTake(out StftWorkspace? free) ? free : new();
            plan.Transform(new(waves + ((long)clip * samples), samples), new(features + ((long)clip * values), values), workspace);
            s_spectralWorkspaces.Add(workspace);
        }
    }
}
