using System.Collections.Concurrent;
using System.Numerics;

namespace RawSer.Kernels;

/// <summary>
/// Memory of one device: blocks in size classes (powers of two with four steps between, so at most a quarter is unused),
/// kept for reuse when returned. After the first step of a training loop every request is served from the free lists.
/// Thread-safe.
/// </summary>
public abstract class MemoryPool
{
    private const int SmallestClass = 6; // 64 bytes

    private readonly Lock _lock = new();
    private readonly Dictionary<long, Stack<nint>> _free = [];
    private readonly ConcurrentQueue<Unreachable> _unreachable = new();
    private readonly Stack<Storage> _lendable = new();
    private MemoryReserve? _reserve;
    private long _bytesInUse;
    private long _peak;
    private long _bytesPooled;
    private long _bytesMapped;
    private long _allocations;
    private long _systemAllocations;
    private long _abandonedCount;

    /// <summary>Limit for the bytes in use and pooled together.</summary>
    public long BytesCap { get; set; } = long.MaxValue;

    /// <summary>Counters at this moment.</summary>
    public MemoryStats Stats
    {
        get
        {
            lock (_lock)
            {
                return StatsLocked();
            }
        }
    }

    /// <summary>A block of at least <paramref name="bytes"/> bytes with one reference. Its contents are undefined.</summary>
    /// <exception cref="InsufficientMemoryException">The cap or the device's memory does not allow it; the message holds the statistics.</exception>
    public Storage Allocate(long bytes)
    {
        (nint address, long capacity) = Take(bytes);
        return new Storage(this, address, bytes, capacity);
    }

    /// <summary>A block that belongs to the calling thread: it comes back when the thread has ended, and is not counted as forgotten then.</summary>
    internal Storage AllocateForThread(long bytes)
    {
        (nint address, long capacity) = Take(bytes);
        return new Storage(this, address, bytes, capacity) { BelongsToThread = true };
    }

    /// <summary>Gives all free blocks back to the system.</summary>
    public void Trim()
    {
        DrainUnreachable();
        lock (_lock)
        {
            TrimLocked();
        }
    }

    /// <summary>An empty reserve.</summary>
    public MemoryReserve NewReserve() => new(this);

    /// <summary>Sets the recorded peak back to what is in use now.</summary>
    public void ResetPeak()
    {
        lock (_lock)
        {
            _peak = _bytesInUse;
        }
    }

    /// <summary>Memory from the device, aligned to 64 bytes; 0 when there is none.</summary>
    protected abstract nint SystemAllocate(long bytes);

    /// <summary>Gives memory of <see cref="SystemAllocate"/> back to the device.</summary>
    protected abstract void SystemFree(nint address);

    /// <summary>A block in an object that was lent before, which <see cref="TakeBack(Storage)"/> wants back.</summary>
    internal Storage Lend(long bytes)
    {
        (nint address, long capacity) = Take(bytes);
        Storage? storage;
        lock (_lock)
        {
            if (!_lendable.TryPop(out storage))
            {
                storage = new Storage(this, 0, 0, 0);
            }
        }

        storage.Bind(address, bytes, capacity);
        return storage;
    }

    /// <summary>Takes back what was lent.</summary>
    internal void TakeBack(Storage lent)
    {
        (nint address, long capacity) = (lent.Address, lent.Capacity);
        lent.Bind(0, 0, 0);
        Return(address, capacity);
        lock (_lock)
        {
            _lendable.Push(lent);
        }
    }

    internal Storage AdoptMapping(nint address, long bytes, IDisposable mapping)
    {
        DrainUnreachable();
        lock (_lock)
        {
            _bytesMapped += bytes;
        }

        return new Storage(this, address, bytes, bytes, mapping);
    }

    internal void Unmap(long bytes, IDisposable mapping)
    {
        lock (_lock)
        {
            _bytesMapped -= bytes;
        }

        mapping.Dispose();
    }

    internal void Return(nint address, long capacity)
    {
        lock (_lock)
        {
            Put(_reserve?.Free ?? _free, capacity, address);
            _bytesInUse -= capacity;
            _bytesPooled += capacity;
        }
    }

    internal void OpenReserve(MemoryReserve reserve)
    {
        lock (_lock)
        {
            _reserve = _reserve is null ? reserve : throw new InvalidOperationException("a reserve of this memory pool is open already");
        }
    }

    internal void CloseReserve()
    {
        lock (_lock)
        {
            _reserve = null;
        }
    }

    internal void TakeBack(MemoryReserve reserve)
    {
        lock (_lock)
        {
            foreach ((long capacity, Stack<nint> blocks) in reserve.Free)
            {
                while (blocks.TryPop(out nint address))
                {
                    Put(_free, capacity, address);
                }
            }
        }
    }

    internal void ReturnUnreachable(nint address, long capacity, IDisposable? mapping, bool isAbandoned)
    {
        // Called by finalisers: no locks there. The next allocation collects the block.
        if (address != 0)
        {
            _unreachable.Enqueue(new Unreachable(address, capacity, mapping, isAbandoned));
        }
    }

    private (nint Address, long Capacity) Take(long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        long capacity = ClassSize(bytes);
        DrainUnreachable();
        nint address;
        lock (_lock)
        {
            if ((_reserve is not null && TryTake(_reserve.Free, capacity, out address)) || TryTake(_free, capacity, out address))
            {
                _bytesPooled -= capacity;
            }
            else
            {
                address = AllocateFromSystem(capacity);
            }

            _allocations++;
            _bytesInUse += capacity;
            _peak = Math.Max(_peak, _bytesInUse);
        }

        return (address, capacity);
    }

    private static bool TryTake(Dictionary<long, Stack<nint>> free, long capacity, out nint address)
    {
        address = 0;
        return free.TryGetValue(capacity, out Stack<nint>? blocks) && blocks.TryPop(out address);
    }

    private static void Put(Dictionary<long, Stack<nint>> free, long capacity, nint address)
    {
        if (!free.TryGetValue(capacity, out Stack<nint>? blocks))
        {
            free[capacity] = blocks = new Stack<nint>();
        }

        blocks.Push(address);
    }

    private void DrainUnreachable()
    {
        while (_unreachable.TryDequeue(out Unreachable? block))
        {
            if (block.Mapping is null)
            {
                Return(block.Address, block.Capacity);
            }
            else
            {
                Unmap(block.Capacity, block.Mapping);
            }

            if (block.IsAbandoned)
            {
                Interlocked.Increment(ref _abandonedCount);
            }
        }
    }

    private MemoryStats StatsLocked() => new(_bytesInUse, _peak, _bytesPooled, BytesCap, _allocations, _systemAllocations, _abandonedCount, _bytesMapped);

    private nint AllocateFromSystem(long capacity)
    {
        if (_bytesInUse + _bytesPooled + capacity > BytesCap)
        {
            TrimLocked();
        }

        nint address = _bytesInUse + capacity > BytesCap ? 0 : SystemAllocate(capacity);
        if (address == 0 && _bytesPooled > 0)
        {
            TrimLocked();
            address = SystemAllocate(capacity);
        }

        if (address == 0)
        {
            throw new InsufficientMemoryException(FormattableString.Invariant($"cannot allocate {capacity:N0} bytes for a tensor: {StatsLocked()}"));
        }

        _systemAllocations++;
        return address;
    }

    private void TrimLocked()
    {
        foreach ((long capacity, Stack<nint> blocks) in _free)
        {
            while (blocks.TryPop(out nint address))
            {
                SystemFree(address);
                _bytesPooled -= capacity;
            }
        }
    }

    /// <summary>What a finaliser found.</summary>
    private sealed record Unreachable(nint Address, long Capacity, IDisposable? Mapping, bool IsAbandoned);

    /// <summary>The smallest of 64, 80, 96, 112, 128, 160, ... that holds the request.</summary>
    private static long ClassSize(long bytes)
    {
        if (bytes <= 1L << SmallestClass)
        {
            return 1L << SmallestClass;
        }

        int log2 = BitOperations.Log2((ulong)(bytes - 1));
        long step = 1L << (log2 - 2);
        return bytes > long.MaxValue - step ? bytes : (bytes + step - 1) / step * step; // what no device has keeps its size, and is refused
    }
}
