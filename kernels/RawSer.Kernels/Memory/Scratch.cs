namespace RawSer.Kernels;

/// <summary>
/// Memory that an operation needs while it queues its launches; the next launch on the stream may have it. Its <see cref="Storage"/> is an
/// object that the pool lends again and again, so that a launch allocates nothing: nobody may keep it beyond <see cref="Dispose"/>.
/// </summary>
internal readonly struct Scratch : IDisposable
{
    private readonly MemoryPool? _pool;

    /// <exception cref="InsufficientMemoryException">The device has not so much.</exception>
    public Scratch(MemoryPool pool, long bytes)
    {
        _pool = pool;
        Storage = pool.Lend(bytes);
    }

    /// <summary>False for <c>default</c>.</summary>
    public bool Exists => _pool is not null;

    /// <summary>The memory.</summary>
    public Storage Storage { get; }

    /// <summary>The memory as a dense view.</summary>
    public View Dense(ReadOnlySpan<int> extents, DType type = DType.F32) => new(Storage, type, LayoutTable.RowMajor(extents));

    /// <summary>Gives the memory back.</summary>
    public void Dispose() => _pool?.TakeBack(Storage);
}
