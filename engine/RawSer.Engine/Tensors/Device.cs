using RawSer.Kernels;

namespace RawSer;

/// <summary>Where a tensor lives and which kernels work on it.</summary>
public sealed class Device
{
    private Device(Backend backend) => Backend = backend;

    /// <summary>The processor, with SIMD kernels on all cores. The default everywhere.</summary>
    public static Device Cpu { get; } = new(CpuBackend.Instance);

    /// <summary>Plain scalar loops in float or double: slow, and the oracle of every test.</summary>
    public static Device Reference { get; } = new(ReferenceBackend.Instance);

    /// <summary>The kernels.</summary>
    public Backend Backend { get; }

    /// <summary><c>cpu</c> or <c>reference</c>.</summary>
    public string Name => Backend.Name;

    /// <summary>Counters of the device's memory pool.</summary>
    public MemoryStats MemoryStats => Backend.Memory.Stats;

    /// <summary>The device of a name. A device that is not there is an error, never another device.</summary>
    /// <exception cref="ArgumentException">No such device; the message lists those there are.</exception>
    public static Device Parse(string name) => name switch
    {
        "cpu" => Cpu,
        "reference" => Reference,
        _ => throw new ArgumentException($"unknown device '{name}': this build has cpu, reference"),
    };

    /// <summary>Gives the pool's free memory back to the system.</summary>
    public void TrimMemory() => Backend.Memory.Trim();

    /// <inheritdoc/>
    public override string ToString() => Name;
}
