using RawSer.Gpu;
using RawSer.Gpu.Compiler;
using RawSer.Gpu.Dialect;

namespace RawSer.Kernels;

/// <summary>The norm of many tensors together: a block to a part, whose threads add in float and meet in double, then one block over the parts.</summary>
internal static class NormKernels<TTerm> where TTerm : struct, INormTerm
{
    private const int BlockSize = 256;

    private static readonly Kernel<DeviceTensors, ArrayView<double>, float> s_parts = Kernel.Create<DeviceTensors, ArrayView<double>, float>(OfParts);
    private static readonly Kernel<ArrayView<double>, ArrayView<float>, float> s_meet = Kernel.Create<ArrayView<double>, ArrayView<float>, float>(Meet);

    public static void Run(CudaBackend backend, ReadOnlySpan<View> tensors, float order, View norm)
    {
        using DeviceTensorTable table = DeviceTensorTable.Send(backend, 0, tensors, default, default, default, default);
        using Scratch scratch = new(backend.Memory, Math.Max(1, table.Parts) * sizeof(double));
        ArrayView<double> totals = scratch.Storage.View<double>(0, table.Parts);
        foreach (DeviceTensors launch in table.Launches)
        {
            s_parts.Launch(backend.Gpu, new LaunchShape(launch.Parts, BlockSize), launch, totals, order);
        }

        s_meet.Launch(backend.Gpu, new LaunchShape(1, BlockSize), totals, norm.Dense<float>(), order);
    }

    [Kernel(MaxThreadsPerGroup = BlockSize)]
    private static void OfParts(DeviceTensors tensors, ArrayView<double> totals, float order)
    {
        DeviceTensor tensor = tensors.Find(Grid.IdxX);
        ArrayView<float> values = LocalMemory.Allocate<float>(FourFloats.Width);
        float sum = 0;
        for (int i = Group.IdxX * FourFloats.Width; i < tensor.InFours; i += BlockSize * FourFloats.Width)
        {
            FourFloats.Load(tensor.Parameter, i, values, 0);
            for (int k = 0; k < FourFloats.Width; k++)
            {
                sum = TTerm.Combine(sum, TTerm.Of(values[k], order));
            }
        }

        for (int i = tensor.InFours + Group.IdxX; i < tensor.Count; i += BlockSize)
        {
            sum = TTerm.Combine(sum, TTerm.Of(tensor.Parameter[i], order));
        }

        double total = TTerm.Meet(sum);
        if (Group.IdxX == 0)
        {
            totals[tensor.Part] = total;
        }
    }

    [Kernel(MaxThreadsPerGroup = BlockSize)]
    private static void Meet(ArrayView<double> totals, ArrayView<float> norm, float order)
    {
        double total = 0;
        for (int i = Group.IdxX; i < totals.IntLength; i += BlockSize)
        {
            total = TTerm.Combine(total, totals[i]);
        }

        total = TTerm.Meet(total);
        if (Group.IdxX == 0)
        {
            norm[0] = TTerm.Norm(total, order);
        }
    }
}

/// <summary>Scales many tensors so that their norm, which is in device memory, is at most a maximum.</summary>
internal static class ScaleToNormKernel
{
    private const int BlockSize = 256;

    private static readonly Kernel<DeviceTensors, ArrayView<float>, float, float> s_scale = Kernel.Create<DeviceTensors, ArrayView<float>, float, float>(Scale);

    public static void Run(CudaBackend backend, ReadOnlySpan<View> tensors, View norm, float maximum, float epsilon)
    {
        using DeviceTensorTable table = DeviceTensorTable.Send(backend, 0, tensors, default, default, default, default);
        foreach (DeviceTensors launch in table.Launches)
        {
            s_scale.Launch(backend.Gpu, new LaunchShape(launch.Parts, BlockSize), launch, norm.Dense<float>(), maximum, epsilon);
        }
    }

    /// <summary>A norm that is small enough leaves everything untouched, as on the processor.</summary>
    [Kernel(MaxThreadsPerGroup = BlockSize)]
    private static void Scale(DeviceTensors tensors, ArrayView<float> norm, float maximum, float epsilon)
    {
        float factor = IntrinsicMath.Min(1f, maximum / (norm[0] + epsilon));
        if (factor == 1)
        {
            return;
        }

        DeviceTensor tensor = tensors.Find(Grid.IdxX);
        ArrayView<float> values = LocalMemory.Allocate<float>(FourFloats.Width);
        for (int i = Group.IdxX * FourFloats.Width; i < tensor.InFours; i += BlockSize * FourFloats.Width)
        {
            FourFloats.Load(tensor.Parameter, i, values, 0);
            for (int k = 0; k < FourFloats.Width; k++)
            {
                values[k] *= factor;
            }

            FourFloats.Store(tensor.Parameter, i, values);
        }

        for (int i = tensor.InFours + Group.IdxX; i < tensor.Count; i += BlockSize)
        {
            tensor.Parameter[i] *= factor;
        }
    }
}
