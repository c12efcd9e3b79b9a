using RawSer.Gpu;

namespace RawSer.Kernels;

/// <summary>
/// Kernels written in C# (RawSer.Gpu.Dialect) on a device that runs PTX: an NVIDIA GPU or the emulator, which this class cannot
/// tell apart. Work is queued on the device's stream; only <see cref="Download"/> and <see cref="Synchronize"/> wait. Nothing
/// falls back to the host. Each family's folder holds its part.
/// </summary>
/// <param name="device">The device. It is not disposed with the backend: tensors may outlive both.</param>
public sealed partial class CudaBackend(GpuDevice device) : Backend
{
    private readonly GpuMemoryPool _memory = new(device);

    /// <summary>The device that runs the kernels.</summary>
    public GpuDevice Gpu => device;

    /// <inheritdoc/>
    public override string Name => device.Name;

    /// <inheritdoc/>
    public override MemoryPool Memory => _memory;

    /// <inheritdoc/>
    public override bool Computes(DType type) => type == DType.F32;

    /// <inheritdoc/>
    public override void Upload(ReadOnlySpan<byte> source, Storage destination, long byteOffset) =>
        device.CopyToDevice((ulong)(destination.Address + byteOffset), source);

    /// <inheritdoc/>
    public override void Download(Storage source, long byteOffset, Span<byte> destination)
    {
        device.CopyToHost(destination, (ulong)(source.Address + byteOffset));
        ThrowFault();
    }

    /// <inheritdoc/>
    public override void Synchronize()
    {
        device.Synchronize();
        ThrowFault();
    }
}
