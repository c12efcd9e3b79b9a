using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using RawSer.Gpu;
using RawSer.Gpu.Compiler;
using RawSer.Gpu.Dialect;
using RawSer.Gpu.Emulator;

namespace RawSer.Kernels.Tests;

/// <summary>A function over arrays: on the host, and as PTX that the compiler made of it, on the emulator.</summary>
internal sealed class DeviceMap<T>
    where T : unmanaged
{
    private const int Sm = 80;

    private readonly Func<T, T, T> _host;

    private DeviceMap(Func<T, T, T> host, CompiledKernel kernel) => (_host, Kernel) = (host, kernel);

    public CompiledKernel Kernel { get; }

    public static DeviceMap<T> Of<TFunction>()
        where TFunction : struct, IDeviceFunction<T> =>
        new(TFunction.Invoke, KernelCompiler.Compile(((Action<ArrayView<T>, ArrayView<T>, ArrayView<T>>)Apply<TFunction>).Method, new KernelOptions { TargetSm = Sm }));

    public T[] OnHost(T[] a, T[] b) => [.. a.Zip(b, _host)];

    /// <param name="a">First arguments.</param>
    /// <param name="b">Second arguments, as many.</param>
    /// <param name="ptx">What runs; null for the compiler's text.</param>
    public T[] OnEmulator(T[] a, T[] b, string? ptx = null)
    {
        using EmulatorDevice device = new(new EmulatorOptions { SmVersion = Sm, Checks = EmulatorChecks.Basic, MemoryBytes = 1L << 28 });
        using GpuModule module = device.LoadModule(ptx ?? Kernel.Ptx);
        long bytes = (long)a.Length * Unsafe.SizeOf<T>();
        ulong[] addresses = [device.Allocate(bytes), device.Allocate(bytes), device.Allocate(bytes)];
        device.CopyToDevice(addresses[0], MemoryMarshal.AsBytes(a.AsSpan()));
        device.CopyToDevice(addresses[1], MemoryMarshal.AsBytes(b.AsSpan()));
        ulong[] views = [.. addresses.SelectMany(address => new[] { address, (ulong)a.Length })];
        device.Launch(module.GetFunction(Kernel.Name), new LaunchShape(8, 256), MemoryMarshal.AsBytes(views.AsSpan()));
        T[] results = new T[a.Length];
        device.CopyToHost(MemoryMarshal.AsBytes(results.AsSpan()), addresses[2]);
        return results;
    }

    private static void Apply<TFunction>(ArrayView<T> a, ArrayView<T> b, ArrayView<T> results)
        where TFunction : struct, IDeviceFunction<T>
    {
        for (int i = Grid.GlobalIndex.X; i < results.IntLength; i += Grid.DimX * Group.DimX)
        {
            results[i] = TFunction.Invoke(a[i], b[i]);
        }
    }
}
