namespace RawSer.Gpu;

/// <summary>
/// One allocation that is given out piece by piece and taken back as a whole: the same order of requests gets the same addresses
/// again, which a captured graph needs, since it keeps them.
/// </summary>
public sealed class GpuArena : IDisposable
{
    private const long Alignment = 256;

    private readonly GpuDevice _device;
    private readonly ulong _start;
    private bool _isDisposed;

    /// <summary>Takes the memory.</summary>
    /// <param name="device">Whose memory.</param>
    /// <param name="bytes">Size of the arena.</param>
    /// <exception cref="GpuOutOfMemoryException">The device has not so much.</exception>
    public GpuArena(GpuDevice device, long bytes)
    {
        ArgumentNullException.ThrowIfNull(device);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bytes);
        (_device, Capacity) = (device, bytes);
        _start = device.Allocate(bytes);
    }

    /// <summary>Bytes of the arena.</summary>
    public long Capacity { get; }

    /// <summary>Bytes given out since the last <see cref="Reset"/>.</summary>
    public long InUse { get; private set; }

    /// <summary>Most bytes that were given out at once: how large the arena need be.</summary>
    public long Peak { get; private set; }

    /// <summary>The next piece, aligned to 256 bytes.</summary>
    /// <exception cref="GpuOutOfMemoryException">The arena is used up.</exception>
    public ulong Allocate(long bytes)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        if (bytes > Capacity - InUse)
        {
            throw new GpuOutOfMemoryException(FormattableString.Invariant($"{_device.Name}: an arena of {Capacity:n0} bytes has {Capacity - InUse:n0} left, {bytes:n0} asked"));
        }

        ulong address = _start + (ulong)InUse;
        InUse = Math.Min(Capacity, (InUse + bytes + Alignment - 1) & -Alignment);
        Peak = Math.Max(Peak, InUse);
        return address;
    }

    /// <summary>Takes all pieces back; work queued before may still use them.</summary>
    public void Reset() => InUse = 0;

    /// <summary>Gives the memory back to the device.</summary>
    public void Dispose()
    {
        if (!_isDisposed)
        {
            _isDisposed = true;
            _device.Free(_start);
        }
    }
}
