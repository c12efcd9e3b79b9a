using System.Runtime.CompilerServices;
using RawSer.Gpu;
using RawSer.Gpu.Compiler;
using RawSer.Gpu.Dialect;
using RawSer.Kernels.Spectral;

namespace RawSer.Kernels;

/// <content>
/// One launch from waveforms to features; two where a clip's maximum enters, of which the first leaves levels in scratch memory. Samples that are
/// NaN or infinite give features that are: whoever uploads clips checks them.
/// </content>
public sealed partial class CudaBackend
{
    private readonly ConditionalWeakTable<MelFeaturePlan, DeviceMelPlan> _melPlans = [];

    /// <inheritdoc/>
    public override void MelFeatures(View waves, MelFeaturePlan plan, View features)
    {
        if (features.Count == 0)
        {
            return;
        }

        if (!_melPlans.TryGetValue(plan, out DeviceMelPlan? device))
        {
            _melPlans.Add(plan, device = new DeviceMelPlan(this, plan));
        }

        int clips = waves.Shape[0];
        _ = waves.IntCount();
        _ = features.IntCount();
        FrameShape framing = device.Frames(waves.Shape[1]);
        LevelShape levels = device.Levels;
        LaunchShape shape = new(clips * framing.BlocksPerClip.Value, MelKernels.BlockSize, device.SharedBytes);
        if (levels.NeedsMaximum == 0)
        {
            Levels(plan).Launch(Gpu, shape, waves.Dense<float>(), features.Dense<float>(), default, device.Tables, framing, device.Spectrum, levels);
            return;
        }

        long manyLevels = (long)clips * levels.Mels * framing.Frames;
        if (manyLevels > DeviceViews.MostElements)
        {
            throw new NotSupportedException(FormattableString.Invariant($"{Name}: {clips:N0} clips of {framing.Frames:N0} frames have {manyLevels:N0} levels: at most {DeviceViews.MostElements:N0} are supported at once"));
        }

        int levelCount = (int)manyLevels, width = levels.Coefficients > 0 && levels.Mels > 256 ? 8 : 32;
        using Scratch scratch = new(Memory, (levelCount + shape.Grid.Count) * sizeof(float));
        ArrayView<float> level = scratch.Storage.View<float>(0, levelCount), maxima = scratch.Storage.View<float>((long)levelCount * sizeof(float), shape.Grid.Count);
        Levels(plan).Launch(Gpu, shape, waves.Dense<float>(), level, maxima, device.Tables, framing, device.Spectrum, levels);
        MelKernels.Finish.Launch(
            Gpu, new((clips, (framing.Frames + width - 1) / width), MelKernels.BlockSize, levels.Coefficients > 0 ? levels.Mels * width * sizeof(float) : 0),
            level, maxima, features.Dense<float>(), device.Tables.Cosines, framing, levels, width);
    }

    private static Kernel<ArrayView<float>, ArrayView<float>, ArrayView<float>, MelTables, FrameShape, SpectrumShape, LevelShape> Levels(MelFeaturePlan plan) =>
        plan.Mel.Power == 2 ? MelKernels.OfPower : plan.Mel.Power == 1 ? MelKernels.OfMagnitude : MelKernels.OfAnyPower;
}
