namespace RawSer.Gpu.Driver;

/// <summary>What a device's memory is used for, in bytes.</summary>
/// <param name="InUse">Allocated and not freed.</param>
/// <param name="Allocations">Number of allocations in use.</param>
/// <param name="Peak">Most that was in use at once.</param>
/// <param name="Free">What the driver still has.</param>
/// <param name="Total">What the device has.</param>
public readonly record struct GpuMemoryStatistics(long InUse, int Allocations, long Peak, long Free, long Total);

/// <summary>
/// Memory in the order of the stream: cuMemAllocAsync from the device's pool, which keeps what is freed, so that the next allocation
/// costs no call of the system. Devices without pools get cuMemAlloc. Frees during a capture wait for its end.
/// </summary>
internal sealed unsafe class CudaMemory
{
    private const long Granularity = 256;

    private readonly Dictionary<ulong, long> _sizes = [];
    private readonly Queue<ulong> _deferred = [];
    private readonly Lock _gate = new();
    private readonly CudaContext _context;
    private readonly nint _pool;
    private long _inUse;
    private long _peak;

    /// <param name="context">Whose memory.</param>
    /// <param name="device">The driver's number of the device.</param>
    /// <param name="hasPools">Whether it allocates in stream order.</param>
    public CudaMemory(CudaContext context, int device, bool hasPools)
    {
        _context = context;
        if (hasPools)
        {
            nint pool;
            context.Check(context.Api.DeviceGetDefaultMemPool(&pool, device), "cuDeviceGetDefaultMemPool");
            ulong keep = ulong.MaxValue; // by default the pool gives freed memory back at each synchronisation
            context.Check(context.Api.MemPoolSetAttribute(pool, CudaAttribute.PoolReleaseThreshold, &keep), "cuMemPoolSetAttribute");
            _pool = pool;
        }
    }

    public GpuMemoryStatistics Statistics
    {
        get
        {
            _context.Enter();
            nuint free, total;
            _context.Check(_context.Api.MemGetInfo(&free, &total), "cuMemGetInfo");
            lock (_gate)
            {
                return new(_inUse, _sizes.Count, _peak, (long)free, (long)total);
            }
        }
    }

    public ulong Allocate(long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        _context.EnterOutsideCapture("allocation");
        long size = Math.Max(Granularity, (bytes + Granularity - 1) & -Granularity);
        int result = TryAllocate(size, out ulong address);
        if (result == CudaResult.OutOfMemory && _pool != 0)
        {
            // The pool may hold freed blocks of other sizes.
            _context.Check(_context.Api.StreamSynchronize(_context.Stream), "cuStreamSynchronize");
            _context.Check(_context.Api.MemPoolTrimTo(_pool, 0), "cuMemPoolTrimTo");
            result = TryAllocate(size, out address);
        }

        if (result == CudaResult.OutOfMemory)
        {
            GpuMemoryStatistics now = Statistics;
            throw new GpuOutOfMemoryException(
                FormattableString.Invariant($"{_context.Name}: {size:n0} bytes asked, {now.Free:n0} of {now.Total:n0} free; in use here {now.InUse:n0} in {now.Allocations} allocations, at most {now.Peak:n0} so far"));
        }

        _context.Check(result, "cuMemAllocAsync");
        lock (_gate)
        {
            _sizes.Add(address, size);
            _inUse += size;
            _peak = Math.Max(_peak, _inUse);
        }

        return address;
    }

    public void Free(ulong address)
    {
        lock (_gate)
        {
            if (!_sizes.Remove(address, out long size))
            {
                throw new GpuException($"{_context.Name}: 0x{address:x} is no allocation of this device, or was freed before");
            }

            _inUse -= size;
            if (_context.IsCapturing)
            {
                _deferred.Enqueue(address);
                return;
            }
        }

        Release(address);
    }

    /// <summary>Gives back what was freed while a graph was captured.</summary>
    public void FreeDeferred()
    {
        lock (_gate)
        {
            while (_deferred.TryDequeue(out ulong address))
            {
                Release(address);
            }
        }
    }

    private int TryAllocate(long size, out ulong address)
    {
        ulong found = 0;
        int result = _pool != 0
            ? _context.Api.MemAllocAsync(&found, (nuint)size, _context.Stream)
            : _context.Api.MemAlloc(&found, (nuint)size);
        address = found;
        return result;
    }

    private void Release(ulong address)
    {
        if (_context.IsLost)
        {
            return; // went with the context
        }

        _context.Enter();
        _context.Check(_pool != 0 ? _context.Api.MemFreeAsync(address, _context.Stream) : _context.Api.MemFree(address), "cuMemFreeAsync");
    }
}
