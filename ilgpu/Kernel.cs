using System;
using System.Reflection;
using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.Runtime;
using RawSer.Gpu.Dialect;
using RawSer.Gpu.Ilgpu;

namespace RawSer.Gpu.Compiler;

/// <summary>A kernel as the host sees it, compiled and launched by ILGPU.</summary>
public abstract class Kernel
{
    private protected Kernel(Delegate method)
    {
        Method = method.Method;
        var attribute = Method.GetCustomAttribute<KernelAttribute>();
        Specialization = new KernelSpecialization(Limit(attribute?.MaxThreadsPerGroup), Limit(attribute?.MinGroupsPerMultiprocessor));
    }

    /// <summary>The C# method.</summary>
    public MethodInfo Method { get; }

    private protected KernelSpecialization Specialization { get; }

    /// <summary>The handle of a kernel of 1 parameter.</summary>
    public static Kernel<T1> Create<T1>(Action<T1> method)
        where T1 : struct =>
        new(method);

    /// <summary>The handle of a kernel of 2 parameters.</summary>
    public static Kernel<T1, T2> Create<T1, T2>(Action<T1, T2> method)
        where T1 : struct
        where T2 : struct =>
        new(method);

    /// <summary>The handle of a kernel of 3 parameters.</summary>
    public static Kernel<T1, T2, T3> Create<T1, T2, T3>(Action<T1, T2, T3> method)
        where T1 : struct
        where T2 : struct
        where T3 : struct =>
        new(method);

    /// <summary>The handle of a kernel of 4 parameters.</summary>
    public static Kernel<T1, T2, T3, T4> Create<T1, T2, T3, T4>(Action<T1, T2, T3, T4> method)
        where T1 : struct
        where T2 : struct
        where T3 : struct
        where T4 : struct =>
        new(method);

    /// <summary>The handle of a kernel of 5 parameters.</summary>
    public static Kernel<T1, T2, T3, T4, T5> Create<T1, T2, T3, T4, T5>(Action<T1, T2, T3, T4, T5> method)
        where T1 : struct
        where T2 : struct
        where T3 : struct
        where T4 : struct
        where T5 : struct =>
        new(method);

    /// <summary>The handle of a kernel of 6 parameters.</summary>
    public static Kernel<T1, T2, T3, T4, T5, T6> Create<T1, T2, T3, T4, T5, T6>(Action<T1, T2, T3, T4, T5, T6> method)
        where T1 : struct
        where T2 : struct
        where T3 : struct
        where T4 : struct
        where T5 : struct
        where T6 : struct =>
        new(method);

    /// <summary>The handle of a kernel of 7 parameters.</summary>
    public static Kernel<T1, T2, T3, T4, T5, T6, T7> Create<T1, T2, T3, T4, T5, T6, T7>(Action<T1, T2, T3, T4, T5, T6, T7> method)
        where T1 : struct
        where T2 : struct
        where T3 : struct
        where T4 : struct
        where T5 : struct
        where T6 : struct
        where T7 : struct =>
        new(method);

    /// <summary>The handle of a kernel of 8 parameters.</summary>
    public static Kernel<T1, T2, T3, T4, T5, T6, T7, T8> Create<T1, T2, T3, T4, T5, T6, T7, T8>(Action<T1, T2, T3, T4, T5, T6, T7, T8> method)
        where T1 : struct
        where T2 : struct
        where T3 : struct
        where T4 : struct
        where T5 : struct
        where T6 : struct
        where T7 : struct
        where T8 : struct =>
        new(method);

    private protected static KernelConfig ConfigOf(in LaunchShape shape) => new(
        new Index3D(shape.Grid.X, shape.Grid.Y, shape.Grid.Z),
        new Index3D(shape.Block.X, shape.Block.Y, shape.Block.Z),
        new SharedMemoryConfig(shape.DynamicSharedBytes, sizeof(byte)));

    private static int? Limit(int? value) => value > 0 ? value : null;
}

/// <summary>A kernel of 1 parameter.</summary>
public sealed class Kernel<T1> : Kernel
    where T1 : struct
{
    private readonly ConditionalWeakTable<GpuDevice, Action<KernelConfig, T1>> _loaded = [];
    private readonly Action<T1> _method;

    internal Kernel(Action<T1> method)
        : base(method) => _method = method;

    /// <summary>Queues the kernel on a device. The first launch on a device compiles and loads it.</summary>
    public void Launch(GpuDevice device, in LaunchShape shape, T1 a1)
    {
        if (!_loaded.TryGetValue(device, out Action<KernelConfig, T1>? launch))
        {
            launch = IlgpuDevice.Of(device).Accelerator.LoadStreamKernel(_method, Specialization);
            _loaded.AddOrUpdate(device, launch);
        }

        launch(ConfigOf(shape), a1);
    }
}

/// <summary>A kernel of 2 parameters.</summary>
public sealed class Kernel<T1, T2> : Kernel
    where T1 : struct
    where T2 : struct
{
    private readonly ConditionalWeakTable<GpuDevice, Action<KernelConfig, T1, T2>> _loaded = [];
    private readonly Action<T1, T2> _method;

    internal Kernel(Action<T1, T2> method)
        : base(method) => _method = method;

    /// <summary>Queues the kernel on a device. The first launch on a device compiles and loads it.</summary>
    public void Launch(GpuDevice device, in LaunchShape shape, T1 a1, T2 a2)
    {
        if (!_loaded.TryGetValue(device, out Action<KernelConfig, T1, T2>? launch))
        {
            launch = IlgpuDevice.Of(device).Accelerator.LoadStreamKernel(_method, Specialization);
            _loaded.AddOrUpdate(device, launch);
        }

        launch(ConfigOf(shape), a1, a2);
    }
}

/// <summary>A kernel of 3 parameters.</summary>
public sealed class Kernel<T1, T2, T3> : Kernel
    where T1 : struct
    where T2 : struct
    where T3 : struct
{
    private readonly ConditionalWeakTable<GpuDevice, Action<KernelConfig, T1, T2, T3>> _loaded = [];
    private readonly Action<T1, T2, T3> _method;

    internal Kernel(Action<T1, T2, T3> method)
        : base(method) => _method = method;

    /// <summary>Queues the kernel on a device. The first launch on a device compiles and loads it.</summary>
    public void Launch(GpuDevice device, in LaunchShape shape, T1 a1, T2 a2, T3 a3)
    {
        if (!_loaded.TryGetValue(device, out Action<KernelConfig, T1, T2, T3>? launch))
        {
            launch = IlgpuDevice.Of(device).Accelerator.LoadStreamKernel(_method, Specialization);
            _loaded.AddOrUpdate(device, launch);
        }

        launch(ConfigOf(shape), a1, a2, a3);
    }
}

/// <summary>A kernel of 4 parameters.</summary>
public sealed class Kernel<T1, T2, T3, T4> : Kernel
    where T1 : struct
    where T2 : struct
    where T3 : struct
    where T4 : struct
{
    private readonly ConditionalWeakTable<GpuDevice, Action<KernelConfig, T1, T2, T3, T4>> _loaded = [];
    private readonly Action<T1, T2, T3, T4> _method;

    internal Kernel(Action<T1, T2, T3, T4> method)
        : base(method) => _method = method;

    /// <summary>Queues the kernel on a device. The first launch on a device compiles and loads it.</summary>
    public void Launch(GpuDevice device, in LaunchShape shape, T1 a1, T2 a2, T3 a3, T4 a4)
    {
        if (!_loaded.TryGetValue(device, out Action<KernelConfig, T1, T2, T3, T4>? launch))
        {
            launch = IlgpuDevice.Of(device).Accelerator.LoadStreamKernel(_method, Specialization);
            _loaded.AddOrUpdate(device, launch);
        }

        launch(ConfigOf(shape), a1, a2, a3, a4);
    }
}

/// <summary>A kernel of 5 parameters.</summary>
public sealed class Kernel<T1, T2, T3, T4, T5> : Kernel
    where T1 : struct
    where T2 : struct
    where T3 : struct
    where T4 : struct
    where T5 : struct
{
    private readonly ConditionalWeakTable<GpuDevice, Action<KernelConfig, T1, T2, T3, T4, T5>> _loaded = [];
    private readonly Action<T1, T2, T3, T4, T5> _method;

    internal Kernel(Action<T1, T2, T3, T4, T5> method)
        : base(method) => _method = method;

    /// <summary>Queues the kernel on a device. The first launch on a device compiles and loads it.</summary>
    public void Launch(GpuDevice device, in LaunchShape shape, T1 a1, T2 a2, T3 a3, T4 a4, T5 a5)
    {
        if (!_loaded.TryGetValue(device, out Action<KernelConfig, T1, T2, T3, T4, T5>? launch))
        {
            launch = IlgpuDevice.Of(device).Accelerator.LoadStreamKernel(_method, Specialization);
            _loaded.AddOrUpdate(device, launch);
        }

        launch(ConfigOf(shape), a1, a2, a3, a4, a5);
    }
}

/// <summary>A kernel of 6 parameters.</summary>
public sealed class Kernel<T1, T2, T3, T4, T5, T6> : Kernel
    where T1 : struct
    where T2 : struct
    where T3 : struct
    where T4 : struct
    where T5 : struct
    where T6 : struct
{
    private readonly ConditionalWeakTable<GpuDevice, Action<KernelConfig, T1, T2, T3, T4, T5, T6>> _loaded = [];
    private readonly Action<T1, T2, T3, T4, T5, T6> _method;

    internal Kernel(Action<T1, T2, T3, T4, T5, T6> method)
        : base(method) => _method = method;

    /// <summary>Queues the kernel on a device. The first launch on a device compiles and loads it.</summary>
    public void Launch(GpuDevice device, in LaunchShape shape, T1 a1, T2 a2, T3 a3, T4 a4, T5 a5, T6 a6)
    {
        if (!_loaded.TryGetValue(device, out Action<KernelConfig, T1, T2, T3, T4, T5, T6>? launch))
        {
            launch = IlgpuDevice.Of(device).Accelerator.LoadStreamKernel(_method, Specialization);
            _loaded.AddOrUpdate(device, launch);
        }

        launch(ConfigOf(shape), a1, a2, a3, a4, a5, a6);
    }
}

/// <summary>A kernel of 7 parameters.</summary>
public sealed class Kernel<T1, T2, T3, T4, T5, T6, T7> : Kernel
    where T1 : struct
    where T2 : struct
    where T3 : struct
    where T4 : struct
    where T5 : struct
    where T6 : struct
    where T7 : struct
{
    private readonly ConditionalWeakTable<GpuDevice, Action<KernelConfig, T1, T2, T3, T4, T5, T6, T7>> _loaded = [];
    private readonly Action<T1, T2, T3, T4, T5, T6, T7> _method;

    internal Kernel(Action<T1, T2, T3, T4, T5, T6, T7> method)
        : base(method) => _method = method;

    /// <summary>Queues the kernel on a device. The first launch on a device compiles and loads it.</summary>
    public void Launch(GpuDevice device, in LaunchShape shape, T1 a1, T2 a2, T3 a3, T4 a4, T5 a5, T6 a6, T7 a7)
    {
        if (!_loaded.TryGetValue(device, out Action<KernelConfig, T1, T2, T3, T4, T5, T6, T7>? launch))
        {
            launch = IlgpuDevice.Of(device).Accelerator.LoadStreamKernel(_method, Specialization);
            _loaded.AddOrUpdate(device, launch);
        }

        launch(ConfigOf(shape), a1, a2, a3, a4, a5, a6, a7);
    }
}

/// <summary>A kernel of 8 parameters.</summary>
public sealed class Kernel<T1, T2, T3, T4, T5, T6, T7, T8> : Kernel
    where T1 : struct
    where T2 : struct
    where T3 : struct
    where T4 : struct
    where T5 : struct
    where T6 : struct
    where T7 : struct
    where T8 : struct
{
    private readonly ConditionalWeakTable<GpuDevice, Action<KernelConfig, T1, T2, T3, T4, T5, T6, T7, T8>> _loaded = [];
    private readonly Action<T1, T2, T3, T4, T5, T6, T7, T8> _method;

    internal Kernel(Action<T1, T2, T3, T4, T5, T6, T7, T8> method)
        : base(method) => _method = method;

    /// <summary>Queues the kernel on a device. The first launch on a device compiles and loads it.</summary>
    public void Launch(GpuDevice device, in LaunchShape shape, T1 a1, T2 a2, T3 a3, T4 a4, T5 a5, T6 a6, T7 a7, T8 a8)
    {
        if (!_loaded.TryGetValue(device, out Action<KernelConfig, T1, T2, T3, T4, T5, T6, T7, T8>? launch))
        {
            launch = IlgpuDevice.Of(device).Accelerator.LoadStreamKernel(_method, Specialization);
            _loaded.AddOrUpdate(device, launch);
        }

        launch(ConfigOf(shape), a1, a2, a3, a4, a5, a6, a7, a8);
    }
}
