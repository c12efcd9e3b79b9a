namespace RawSer.Kernels;

/// <summary>
/// Blocks of a pool that a captured graph keeps to itself, because its nodes hold their addresses: while the reserve is open, requests are
/// served from it first, and what is returned goes into it instead of back to the pool. Disposing it gives the blocks to the pool.
/// </summary>
public sealed class MemoryReserve : IDisposable
{
    private readonly MemoryPool _pool;

    internal MemoryReserve(MemoryPool pool) => _pool = pool;

    internal Dictionary<long, Stack<nint>> Free { get; } = [];

    /// <summary>Runs something with the reserve open.</summary>
    /// <exception cref="InvalidOperationException">Another reserve of the pool is open.</exception>
    public void While(Action work)
    {
        _pool.OpenReserve(this);
        try
        {
            work();
        }
        finally
        {
            _pool.CloseReserve();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _pool.TakeBack(this);
}
