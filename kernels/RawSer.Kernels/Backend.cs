namespace RawSer.Kernels;

/// <summary>
/// The primitive operations on one kind of device, over <see cref="View"/>s. Each family's folder adds its part of this class:
/// the abstract methods are the primitives; virtual ones are fusions whose base implementation composes primitives, so that a
/// backend overrides only what it makes faster and the composition stays the oracle of the fusion.
/// <para>
/// The caller (the engine) has checked types and shapes and allocates every output; a kernel never sees a tensor. Unless a method
/// says otherwise, inputs may have any strides (0 for broadcasting), outputs are dense row-major, and an output may be the same
/// view as an input of the same layout but must not overlap one otherwise. An argument that was left out is <c>default</c>.
/// </para>
/// </summary>
public abstract partial class Backend
{
    /// <summary>The device as users name it: <c>cpu</c>, <c>reference</c>, <c>cuda:0</c>.</summary>
    public abstract string Name { get; }

    /// <summary>Where storages of this device come from.</summary>
    public abstract MemoryPool Memory { get; }

    /// <summary>Whether kernels compute in this type. F32 on every backend.</summary>
    public abstract bool Computes(DType type);

    /// <summary>Copies bytes from the host into a storage.</summary>
    public abstract void Upload(ReadOnlySpan<byte> source, Storage destination, long byteOffset);

    /// <summary>Copies bytes of a storage to the host, after all work queued before.</summary>
    public abstract void Download(Storage source, long byteOffset, Span<byte> destination);

    /// <summary>Waits for all queued work.</summary>
    public abstract void Synchronize();
}
