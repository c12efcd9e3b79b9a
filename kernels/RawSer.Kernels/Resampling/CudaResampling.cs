using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using RawSer.Gpu.Compiler;
using RawSer.Gpu.Dialect;
using RawSer.Kernels.Resampling;

namespace RawSer.Kernels;

/// <content>A warp to an output: its lanes read neighbouring taps and neighbouring samples.</content>
public sealed partial class CudaBackend
{
    private readonly ConditionalWeakTable<ResamplingPlan, DeviceResamplingPlan> _resamplingPlans = [];

    /// <inheritdoc/>
    public override void Resample(View signals, ResamplingPlan plan, View output)
    {
        if (output.Count == 0)
        {
            return;
        }

        if (!_resamplingPlans.TryGetValue(plan, out DeviceResamplingPlan? device))
        {
            _resamplingPlans.Add(plan, device = new DeviceResamplingPlan(this, plan));
        }

        _ = signals.IntCount();
        ResamplingKernels.Resample.Launch(
            Gpu, DeviceLines.Shape(output.IntCount(), warps: true), signals.Dense<float>(), output.Dense<float>(), device.Positions, device.Taps,
            new ResamplingShape(signals.Shape[1], new DeviceDivisor(output.Shape[1]), plan.Kernel.Filter.TapCount, plan.Kernel.Filter.Left, output.IntCount()));
    }
}

/// <summary>The positions and the taps of a plan in the memory of a device, which goes back to the pool with it.</summary>
internal sealed class DeviceResamplingPlan
{
    /// <exception cref="NotSupportedException">The filter has so many phases that no table of its taps is kept.</exception>
    public DeviceResamplingPlan(CudaBackend backend, ResamplingPlan plan)
    {
        float[] taps = plan.Kernel.Table ?? throw new NotSupportedException(
            $"{backend.Name}: a filter of {plan.Kernel.Filter.Phases} phases of {plan.Kernel.Filter.TapCount} taps is too large for a table; resample on the cpu");
        int[] positions = new int[2 * plan.Outputs];
        for (int j = 0; j < plan.Outputs; j++)
        {
            (positions[2 * j], positions[(2 * j) + 1]) = j < plan.Positions.Length ? plan.Positions[j] : (-plan.Kernel.Filter.TapCount, 0); // all taps lie before the signal
        }

        Memory = backend.Memory.Allocate(((long)taps.Length + positions.Length) * sizeof(int));
        backend.Upload(MemoryMarshal.AsBytes(taps.AsSpan()), Memory, 0);
        backend.Upload(MemoryMarshal.AsBytes(positions.AsSpan()), Memory, (long)taps.Length * sizeof(float));
        Taps = Memory.View<float>(0, taps.Length);
        Positions = Memory.View<int>((long)taps.Length * sizeof(float), positions.Length);
    }

    /// <summary>The memory of both.</summary>
    public Storage Memory { get; }

    public ArrayView<float> Taps { get; }

    /// <summary>Sample and phase of each output.</summary>
    public ArrayView<int> Positions { get; }
}

/// <summary>Samples of a signal, division by its outputs, taps of a phase and how many of them lie before the position, and outputs of all signals.</summary>
internal readonly record struct ResamplingShape(int Samples, DeviceDivisor Outputs, int Taps, int Left, int Count);

internal static class ResamplingKernels
{
    public static readonly Kernel<ArrayView<float>, ArrayView<float>, ArrayView<int>, ArrayView<float>, ResamplingShape> Resample =
        Kernel.Create<ArrayView<float>, ArrayView<float>, ArrayView<int>, ArrayView<float>, ResamplingShape>(ResampleOutputs);

    [Kernel(MaxThreadsPerGroup = DeviceLines.BlockSize)]
    private static void ResampleOutputs(ArrayView<float> signals, ArrayView<float> output, ArrayView<int> positions, ArrayView<float> taps, ResamplingShape shape)
    {
        int number = InWarp.Line;
        if (number >= shape.Count)
        {
            return; // a whole warp
        }

        int signal = shape.Outputs.Divide(number, out int j);
        int first = positions[2 * j] - shape.Left, tap = positions[(2 * j) + 1] * shape.Taps;
        float sum = 0;
        for (int i = Warp.LaneIdx; i < shape.Taps; i += 32)
        {
            int at = first + i;
            if ((uint)at < (uint)shape.Samples)
            {
                sum += taps[tap + i] * signals[(signal * shape.Samples) + at];
            }
        }

        sum = InWarp.Sum(sum);
        if (Warp.IsFirstLane)
        {
            output[number] = sum;
        }
    }
}
