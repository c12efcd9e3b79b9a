using RawSer.Gpu;
using RawSer.Gpu.Compiler;
using RawSer.Gpu.Dialect;

namespace RawSer.Kernels;

/// <summary>A step of an optimiser over all tensors in one launch: a block to a part of the table.</summary>
internal static class UpdateKernels<TRule, TStates>
    where TRule : unmanaged, IUpdateRule
    where TStates : struct, IUpdateStates
{
    private const int BlockSize = 256;

    private static readonly Kernel<ArrayView<TRule>, DeviceTensors> s_update = Kernel.Create<ArrayView<TRule>, DeviceTensors>(Update);

    public static void Launch(GpuDevice device, ArrayView<TRule> rule, in DeviceTensorTable table)
    {
        foreach (DeviceTensors tensors in table.Launches)
        {
            s_update.Launch(device, new LaunchShape(tensors.Parts, BlockSize), rule, tensors);
        }
    }

    /// <summary>
    /// The numbers of the step come from device memory, so that a captured launch can be given new ones. Without a bound on the registers,
    /// ptxas 11.8 spills some around its divisions.
    /// </summary>
    [Kernel(MaxThreadsPerGroup = BlockSize, MinGroupsPerMultiprocessor = 4)]
    private static void Update(ArrayView<TRule> rules, DeviceTensors tensors)
    {
        TRule rule = rules[0];
        DeviceTensor tensor = tensors.Find(Grid.IdxX);
        for (int i = Group.IdxX * 4; i < tensor.InFours; i += BlockSize * 4)
        {
            Apply<FourFloats>(rule, tensor, i);
        }

        for (int i = tensor.InFours + Group.IdxX; i < tensor.Count; i += BlockSize)
        {
            Apply<OneFloat>(rule, tensor, i);
        }
    }

    [Unroll]
    private static void Apply<TPack>(TRule rule, DeviceTensor tensor, int i) where TPack : struct, IFloatPack
    {
        ArrayView<float> parameter = LocalMemory.Allocate<float>(TPack.Width);
        ArrayView<float> gradient = LocalMemory.Allocate<float>(TPack.Width);
        ArrayView<float> first = LocalMemory.Allocate<float>(TPack.Width);
        ArrayView<float> second = LocalMemory.Allocate<float>(TPack.Width);
        ArrayView<float> third = LocalMemory.Allocate<float>(TPack.Width);
        TPack.Load(tensor.Parameter, i, parameter, 0);
        TPack.Load(tensor.Gradient, i, gradient, 0);
        if (TStates.HasFirst)
        {
            TPack.Load(tensor.First, i, first, 0);
        }

        if (TStates.HasSecond)
        {
            TPack.Load(tensor.Second, i, second, 0);
        }

        if (TStates.HasThird)
        {
            TPack.Load(tensor.Third, i, third, 0);
        }

        for (int k = 0; k < TPack.Width; k++)
        {
            Simd1 a = new(TStates.HasFirst ? first[k] : 0);
            Simd1 b = new(TStates.HasSecond ? second[k] : 0);
            Simd1 c = new(TStates.HasThird ? third[k] : 0);
            parameter[k] = rule.Invoke(new Simd1(parameter[k]), new Simd1(gradient[k]), ref a, ref b, ref c).Value;
            first[k] = a.Value;
            second[k] = b.Value;
            third[k] = c.Value;
        }

        TPack.Store(tensor.Parameter, i, parameter);
        if (TStates.HasFirst)
        {
            TPack.Store(tensor.First, i, first);
        }

        if (TStates.HasSecond)
        {
            TPack.Store(tensor.Second, i, second);
        }

        if (TStates.HasThird)
        {
            TPack.Store(tensor.Third, i, third);
        }
    }
}
