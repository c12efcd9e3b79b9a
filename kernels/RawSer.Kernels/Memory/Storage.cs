namespace RawSer.Kernels;

/// <summary>
/// A block of memory on one device, shared by views and counted by references. When the last reference is released the block
/// goes back to its pool at once; memory of a mapped file (<see cref="HostMemoryPool.Adopt"/>) is unmapped. A storage that nobody released but
/// nobody can reach any more is handed back by its finaliser and counted in <see cref="MemoryStats.AbandonedCount"/>.
/// </summary>
public sealed class Storage
{
    private readonly IDisposable? _mapping;
    private int _references = 1;

    internal Storage(MemoryPool pool, nint address, long byteLength, long capacity, IDisposable? mapping = null)
    {
        Pool = pool;
        Address = address;
        ByteLength = byteLength;
        Capacity = capacity;
        _mapping = mapping;
    }

    /// <summary>Returns an unreachable block to the pool.</summary>
    ~Storage() => Pool.ReturnUnreachable(Address, Capacity, _mapping, isAbandoned: !BelongsToThread);

    /// <summary>The pool the block came from, or that counts it.</summary>
    public MemoryPool Pool { get; }

    /// <summary>
    /// First byte: an address of the device, which the host may read only on host devices. Aligned to 64, in a mapped file to the element only.
    /// </summary>
    public nint Address { get; private set; }

    /// <summary>True for memory of a mapped file.</summary>
    public bool IsMapped => _mapping is not null;

    /// <summary>Usable bytes.</summary>
    public long ByteLength { get; private set; }

    /// <summary>
    /// How often its elements got other values (<see cref="MarkWritten"/>). A graph compares it with the number at the time when it saved a tensor: a gradient
    /// computed from other values than the operation had would be wrong without a sign.
    /// </summary>
    public int Version { get; private set; }

    internal long Capacity { get; private set; }

    /// <summary>True for memory that goes when its thread ends: nobody forgot it.</summary>
    internal bool BelongsToThread { get; init; }

    /// <summary>True when exactly one reference exists, so that its holder may overwrite the contents.</summary>
    public bool IsUnique => Volatile.Read(ref _references) == 1;

    /// <summary>Gives an object that is lent (<see cref="Scratch"/>) another block, or none.</summary>
    internal void Bind(nint address, long byteLength, long capacity) => (Address, ByteLength, Capacity) = (address, byteLength, capacity);

    /// <summary>Says that elements that others may have seen were overwritten: by values from the host, by a step of an optimiser, in a collected gradient.</summary>
    public void MarkWritten() => Version++;

    /// <summary>Adds a reference; each needs its own <see cref="Release"/>.</summary>
    public Storage AddReference()
    {
        if (Interlocked.Increment(ref _references) <= 1)
        {
            throw new ObjectDisposedException(nameof(Storage), "storage was released; its memory belongs to the pool again");
        }

        return this;
    }

    /// <summary>Gives up one reference; the last one returns the block to the pool.</summary>
    public void Release()
    {
        int left = Interlocked.Decrement(ref _references);
        if (left == 0)
        {
#pragma warning disable CA1816 // Release is what Dispose is elsewhere; a storage has as many releases as holders.
            GC.SuppressFinalize(this);
#pragma warning restore CA1816
            nint address = Address;
            Address = 0;
            if (_mapping is null)
            {
                Pool.Return(address, Capacity);
            }
            else
            {
                Pool.Unmap(Capacity, _mapping);
            }
        }
        else if (left < 0)
        {
            throw new ObjectDisposedException(nameof(Storage), "storage released more often than referenced");
        }
    }
}
