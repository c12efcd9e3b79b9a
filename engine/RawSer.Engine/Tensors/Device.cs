using System.Collections.Concurrent;
using System.Globalization;
using RawSer.Gpu.Compiler;
using RawSer.Gpu.Emulator;
using RawSer.Kernels;

namespace RawSer;

/// <summary>Where a tensor lives and which kernels work on it.</summary>
public sealed class Device
{
    private static readonly Lazy<Device> s_emulator = new(() => new Device(new CudaBackend(new EmulatorDevice())));
    private static readonly Lazy<Device> s_reference = new(() => new Device(ReferenceBackend.Instance));

    static Device() => EmbeddedPtx.Carry(typeof(Backend).Assembly, typeof(Device).Assembly);

    /// <summary>A device on kernels of one's own choice: an emulator with other options, a driver that is watched. Never the same as another device.</summary>
    public Device(Backend backend) => Backend = backend;

    /// <summary>The processor, with SIMD kernels on all cores. The default everywhere.</summary>
    public static Device Cpu { get; } = new(CpuBackend.Instance);

    /// <summary>Plain scalar loops in float or double: slow, and the oracle of every test.</summary>
    public static Device Reference => s_reference.Value;

    /// <summary>
    /// The device kernels as PTX, executed and checked on the processor: slow, and how they are tested without a GPU.
    /// </summary>
    public static Device Emulator => s_emulator.Value;

    /// <summary>The kernels.</summary>
    public Backend Backend { get; }

    /// <summary><c>cpu</c>, <c>reference</c>, <c>emulator</c> or, for GPU N, <c>cuda:N</c>.</summary>
    public string Name => Backend.Name;

    /// <summary>Counters of the device's memory pool.</summary>
    public MemoryStats MemoryStats => Backend.Memory.Stats;

    /// <summary>An NVIDIA GPU by its number.</summary>
    /// <exception cref="Gpu.GpuNotFoundException">No driver or no such device; the message lists what was probed.</exception>
    public static Device Cuda(int ordinal = 0) => CudaDevices.Get(ordinal);

    /// <summary>The device of a name. A device that is not there is an error, never another device.</summary>
    /// <exception cref="ArgumentException">No such name; the message lists those there are.</exception>
    /// <exception cref="Gpu.GpuNotFoundException">No driver or no such device; the message lists what was probed.</exception>
    public static Device Parse(string name) => name switch
    {
        "cpu" => Cpu,
        "reference" => Reference,
        "emulator" => Emulator,
        "cuda" => Cuda(),
        _ when name.StartsWith("cuda:", StringComparison.Ordinal)
            && int.TryParse(name.AsSpan(5), NumberStyles.None, CultureInfo.InvariantCulture, out int ordinal) => Cuda(ordinal),
        _ => throw new ArgumentException($"unknown device '{name}': expected cpu, reference, emulator or cuda:N"),
    };

    /// <summary>Gives the pool's free memory back to the system.</summary>
    public void TrimMemory() => Backend.Memory.Trim();

    /// <inheritdoc/>
    public override string ToString() => Name;

    /// <summary>In a class of its own, so that a program without a GPU does not wait for its making.</summary>
    private static class CudaDevices
    {
        private static readonly ConcurrentDictionary<int, Lazy<Device>> s_byNumber = new();

        public static Device Get(int ordinal) =>
            s_byNumber.GetOrAdd(ordinal, static number => new Lazy<Device>(() => new Device(new CudaBackend(KernelDevice.Cuda(number))))).Value;
    }
}
