using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using RawSer.Gpu;

namespace RawSer.Kernels;

/// <summary>
/// The tensors of a step over many. ILGPU's kernels make no view of an address, which RawSer's table holds: each tensor has a launch of
/// its own here, and its views are the kernel's parameters.
/// </summary>
internal readonly struct DeviceTensorTable : IDisposable
{
    /// <summary>Elements of a part: a block's share.</summary>
    public const int PerPart = 4096;

    private readonly Scratch _header;
    private readonly DeviceTensors[] _launches;

    private DeviceTensorTable(Scratch header, DeviceTensors[] launches, int parts) => (_header, _launches, Parts) = (header, launches, parts);

    /// <summary>Parts of all of them.</summary>
    public int Parts { get; }

    /// <summary>What to launch a kernel with, one after the other.</summary>
    public ReadOnlySpan<DeviceTensors> Launches => _launches;

    /// <summary>The numbers of the step.</summary>
    public ArrayView<T> Header<T>() where T : unmanaged => _header.Storage.View<T>(0, 1);

    /// <summary>The launches of a step, whose numbers are copied to the device. Lists that a step does not have are empty.</summary>
    public static DeviceTensorTable Send<THeader>(
        CudaBackend backend, THeader header, ReadOnlySpan<View> parameters, ReadOnlySpan<View> gradients, ReadOnlySpan<View> first, ReadOnlySpan<View> second,
        ReadOnlySpan<View> third) where THeader : unmanaged
    {
        Scratch memory = new(backend.Memory, Unsafe.SizeOf<THeader>());
        backend.Gpu.CopyToDevice((ulong)memory.Storage.Address, MemoryMarshal.AsBytes(new ReadOnlySpan<THeader>(in header)));
        DeviceTensors[] launches = new DeviceTensors[parameters.Length];
        int parts = 0, used = 0;
        for (int i = 0; i < parameters.Length; i++)
        {
            DeviceTensors tensor = new(At(parameters, i), At(gradients, i), At(first, i), At(second, i), At(third, i), parts);
            if (tensor.Parts > 0)
            {
                launches[used++] = tensor;
                parts = checked(parts + tensor.Parts);
            }
        }

        return new DeviceTensorTable(memory, launches[..used], parts);
    }

    /// <summary>Gives the memory back: the next launch on the stream may have it.</summary>
    public void Dispose() => _header.Dispose();

    private static View At(ReadOnlySpan<View> views, int i) => views.IsEmpty ? default : views[i];
}

/// <summary>The tensor of a launch, as a kernel's parameter.</summary>
internal readonly struct DeviceTensors
{
    private readonly ArrayView<float> _parameter;
    private readonly ArrayView<float> _gradient;
    private readonly ArrayView<float> _first;
    private readonly ArrayView<float> _second;
    private readonly ArrayView<float> _third;
    private readonly int _count;
    private readonly int _firstPart;
    private readonly int _isAligned;

    public DeviceTensors(View parameter, View gradient, View first, View second, View third, int firstPart)
    {
        (_parameter, _gradient) = (parameter.Dense<float>(), gradient.Dense<float>());
        (_first, _second, _third) = (first.Dense<float>(), second.Dense<float>(), third.Dense<float>());
        _count = parameter.IntCount();
        _isAligned = IsAligned(parameter) && IsAligned(gradient) && IsAligned(first) && IsAligned(second) && IsAligned(third) ? 1 : 0;
        _firstPart = firstPart;
    }

    /// <summary>Its parts: blocks of the launch.</summary>
    public int Parts => (int)(((long)_count + DeviceTensorTable.PerPart - 1) / DeviceTensorTable.PerPart);

    /// <summary>Inside a kernel: the part that a block of the launch has.</summary>
    public DeviceTensor Find(int part)
    {
        int start = part * DeviceTensorTable.PerPart;
        DeviceTensor tensor = default;
        tensor.Part = _firstPart + part;
        tensor.Count = IntrinsicMath.Min(DeviceTensorTable.PerPart, _count - start);
        tensor.Parameter = Part(_parameter, start, tensor.Count);
        tensor.Gradient = Part(_gradient, start, tensor.Count);
        tensor.First = Part(_first, start, tensor.Count);
        tensor.Second = Part(_second, start, tensor.Count);
        tensor.Third = Part(_third, start, tensor.Count);
        tensor.InFours = _isAligned == 1 ? tensor.Count & ~3 : 0;
        return tensor;
    }

    private static ArrayView<float> Part(ArrayView<float> view, int start, int count) => view.Length == 0 ? view : view.SubView(start, count);

    private static bool IsAligned(View view) => !view.Exists || view.IsAligned16();
}
