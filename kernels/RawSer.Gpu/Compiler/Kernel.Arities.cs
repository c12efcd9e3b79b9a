namespace RawSer.Gpu.Compiler;

/// <summary>A kernel of 1 parameter.</summary>
public sealed class Kernel<T1> : Kernel
    where T1 : unmanaged
{
    private static readonly ParameterSlots Slots = new ParameterSlots().Then<T1>();

    internal Kernel(Delegate method, KernelOptions options)
        : base(method, options, Slots)
    {
    }

    /// <summary>Queues the kernel on a device. The first launch on a device compiles and loads it.</summary>
    public void Launch(GpuDevice device, in LaunchShape shape, T1 a1)
    {
        var parameters = new ParameterBuffer(stackalloc byte[Slots.Bytes]);
        parameters.Add(a1);
        Launch(device, shape, parameters.Written);
    }
}

/// <summary>A kernel of 2 parameters.</summary>
public sealed class Kernel<T1, T2> : Kernel
    where T1 : unmanaged
    where T2 : unmanaged
{
    private static readonly ParameterSlots Slots = new ParameterSlots().Then<T1>().Then<T2>();

    internal Kernel(Delegate method, KernelOptions options)
        : base(method, options, Slots)
    {
    }

    /// <summary>Queues the kernel on a device. The first launch on a device compiles and loads it.</summary>
    public void Launch(GpuDevice device, in LaunchShape shape, T1 a1, T2 a2)
    {
        var parameters = new ParameterBuffer(stackalloc byte[Slots.Bytes]);
        parameters.Add(a1);
        parameters.Add(a2);
        Launch(device, shape, parameters.Written);
    }
}

/// <summary>A kernel of 3 parameters.</summary>
public sealed class Kernel<T1, T2, T3> : Kernel
    where T1 : unmanaged
    where T2 : unmanaged
    where T3 : unmanaged
{
    private static readonly ParameterSlots Slots = new ParameterSlots().Then<T1>().Then<T2>().Then<T3>();

    internal Kernel(Delegate method, KernelOptions options)
        : base(method, options, Slots)
    {
    }

    /// <summary>Queues the kernel on a device. The first launch on a device compiles and loads it.</summary>
    public void Launch(GpuDevice device, in LaunchShape shape, T1 a1, T2 a2, T3 a3)
    {
        var parameters = new ParameterBuffer(stackalloc byte[Slots.Bytes]);
        parameters.Add(a1);
        parameters.Add(a2);
        parameters.Add(a3);
        Launch(device, shape, parameters.Written);
    }
}

/// <summary>A kernel of 4 parameters.</summary>
public sealed class Kernel<T1, T2, T3, T4> : Kernel
    where T1 : unmanaged
    where T2 : unmanaged
    where T3 : unmanaged
    where T4 : unmanaged
{
    private static readonly ParameterSlots Slots = new ParameterSlots().Then<T1>().Then<T2>().Then<T3>().Then<T4>();

    internal Kernel(Delegate method, KernelOptions options)
        : base(method, options, Slots)
    {
    }

    /// <summary>Queues the kernel on a device. The first launch on a device compiles and loads it.</summary>
    public void Launch(GpuDevice device, in LaunchShape shape, T1 a1, T2 a2, T3 a3, T4 a4)
    {
        var parameters = new ParameterBuffer(stackalloc byte[Slots.Bytes]);
        parameters.Add(a1);
        parameters.Add(a2);
        parameters.Add(a3);
        parameters.Add(a4);
        Launch(device, shape, parameters.Written);
    }
}

/// <summary>A kernel of 5 parameters.</summary>
public sealed class Kernel<T1, T2, T3, T4, T5> : Kernel
    where T1 : unmanaged
    where T2 : unmanaged
    where T3 : unmanaged
    where T4 : unmanaged
    where T5 : unmanaged
{
    private static readonly ParameterSlots Slots = new ParameterSlots().Then<T1>().Then<T2>().Then<T3>().Then<T4>().Then<T5>();

    internal Kernel(Delegate method, KernelOptions options)
        : base(method, options, Slots)
    {
    }

    /// <summary>Queues the kernel on a device. The first launch on a device compiles and loads it.</summary>
    public void Launch(GpuDevice device, in LaunchShape shape, T1 a1, T2 a2, T3 a3, T4 a4, T5 a5)
    {
        var parameters = new ParameterBuffer(stackalloc byte[Slots.Bytes]);
        parameters.Add(a1);
        parameters.Add(a2);
        parameters.Add(a3);
        parameters.Add(a4);
        parameters.Add(a5);
        Launch(device, shape, parameters.Written);
    }
}

/// <summary>A kernel of 6 parameters.</summary>
public sealed class Kernel<T1, T2, T3, T4, T5, T6> : Kernel
    where T1 : unmanaged
    where T2 : unmanaged
    where T3 : unmanaged
    where T4 : unmanaged
    where T5 : unmanaged
    where T6 : unmanaged
{
    private static readonly ParameterSlots Slots = new ParameterSlots().Then<T1>().Then<T2>().Then<T3>().Then<T4>().Then<T5>().Then<T6>();

    internal Kernel(Delegate method, KernelOptions options)
        : base(method, options, Slots)
    {
    }

    /// <summary>Queues the kernel on a device. The first launch on a device compiles and loads it.</summary>
    public void Launch(GpuDevice device, in LaunchShape shape, T1 a1, T2 a2, T3 a3, T4 a4, T5 a5, T6 a6)
    {
        var parameters = new ParameterBuffer(stackalloc byte[Slots.Bytes]);
        parameters.Add(a1);
        parameters.Add(a2);
        parameters.Add(a3);
        parameters.Add(a4);
        parameters.Add(a5);
        parameters.Add(a6);
        Launch(device, shape, parameters.Written);
    }
}

/// <summary>A kernel of 7 parameters.</summary>
public sealed class Kernel<T1, T2, T3, T4, T5, T6, T7> : Kernel
    where T1 : unmanaged
    where T2 : unmanaged
    where T3 : unmanaged
    where T4 : unmanaged
    where T5 : unmanaged
    where T6 : unmanaged
    where T7 : unmanaged
{
    private static readonly ParameterSlots Slots = new ParameterSlots().Then<T1>().Then<T2>().Then<T3>().Then<T4>().Then<T5>().Then<T6>().Then<T7>();

    internal Kernel(Delegate method, KernelOptions options)
        : base(method, options, Slots)
    {
    }

    /// <summary>Queues the kernel on a device. The first launch on a device compiles and loads it.</summary>
    public void Launch(GpuDevice device, in LaunchShape shape, T1 a1, T2 a2, T3 a3, T4 a4, T5 a5, T6 a6, T7 a7)
    {
        var parameters = new ParameterBuffer(stackalloc byte[Slots.Bytes]);
        parameters.Add(a1);
        parameters.Add(a2);
        parameters.Add(a3);
        parameters.Add(a4);
        parameters.Add(a5);
        parameters.Add(a6);
        parameters.Add(a7);
        Launch(device, shape, parameters.Written);
    }
}

/// <summary>A kernel of 8 parameters.</summary>
public sealed class Kernel<T1, T2, T3, T4, T5, T6, T7, T8> : Kernel
    where T1 : unmanaged
    where T2 : unmanaged
    where T3 : unmanaged
    where T4 : unmanaged
    where T5 : unmanaged
    where T6 : unmanaged
    where T7 : unmanaged
    where T8 : unmanaged
{
    private static readonly ParameterSlots Slots = new ParameterSlots().Then<T1>().Then<T2>().Then<T3>().Then<T4>().Then<T5>().Then<T6>().Then<T7>().Then<T8>();

    internal Kernel(Delegate method, KernelOptions options)
        : base(method, options, Slots)
    {
    }

    /// <summary>Queues the kernel on a device. The first launch on a device compiles and loads it.</summary>
    public void Launch(GpuDevice device, in LaunchShape shape, T1 a1, T2 a2, T3 a3, T4 a4, T5 a5, T6 a6, T7 a7, T8 a8)
    {
        var parameters = new ParameterBuffer(stackalloc byte[Slots.Bytes]);
        parameters.Add(a1);
        parameters.Add(a2);
        parameters.Add(a3);
        parameters.Add(a4);
        parameters.Add(a5);
        parameters.Add(a6);
        parameters.Add(a7);
        parameters.Add(a8);
        Launch(device, shape, parameters.Written);
    }
}
