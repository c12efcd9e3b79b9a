namespace RawSer.Kernels;

/// <summary>What the backends on host memory share: the pool and plain copies. Kernels run on the calling thread, so nothing is ever queued.</summary>
public abstract class HostBackend : Backend
{
    /// <inheritdoc/>
    public sealed override MemoryPool Memory => HostMemoryPool.Shared;

    /// <inheritdoc/>
    public sealed override unsafe void Upload(ReadOnlySpan<byte> source, Storage destination, long byteOffset) =>
        source.CopyTo(new Span<byte>((byte*)destination.Address + byteOffset, source.Length));

    /// <inheritdoc/>
    public sealed override unsafe void Download(Storage source, long byteOffset, Span<byte> destination) =>
        new ReadOnlySpan<byte>((byte*)source.Address + byteOffset, destination.Length).CopyTo(destination);

    /// <inheritdoc/>
    public sealed override void Synchronize()
    {
    }
}
