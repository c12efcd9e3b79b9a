namespace RawSer.Gpu;

/// <summary>
/// Host memory that a device copies from and to while the host goes on (pinned on a GPU). A captured copy from it reads what it holds when
/// the graph is launched. Disposed by its owner; there is no finalizer that would free it in the middle of other work.
/// </summary>
public abstract unsafe class GpuHostBuffer : IDisposable
{
    /// <summary>Its size.</summary>
    public abstract long Bytes { get; }

    /// <summary>Its address in host memory.</summary>
    public abstract nint Address { get; }

    /// <summary>Some of its elements.</summary>
    /// <param name="byteOffset">Where they start.</param>
    /// <param name="count">How many.</param>
    public Span<T> Span<T>(long byteOffset, int count) where T : unmanaged
    {
        ObjectDisposedException.ThrowIf(Address == 0, this);
        CheckRange(byteOffset, (long)count * sizeof(T));
        return new Span<T>((byte*)Address + byteOffset, count);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Gives the memory back.</summary>
    protected abstract void Dispose(bool disposing);

    internal void CheckRange(long byteOffset, long bytes)
    {
        if (byteOffset < 0 || bytes < 0 || byteOffset > Bytes - bytes)
        {
            throw new ArgumentOutOfRangeException(nameof(byteOffset), $"bytes {byteOffset} to {byteOffset + bytes} of a host buffer of {Bytes}");
        }
    }
}

/// <summary>A point in a device's queue of work.</summary>
public abstract class GpuEvent : IDisposable
{
    /// <summary>Whether the work queued before <see cref="Record"/> is done.</summary>
    public abstract bool IsDone { get; }

    /// <summary>Puts the event at the end of the queue.</summary>
    public abstract void Record();

    /// <summary>Waits for the work queued before <see cref="Record"/>, and for nothing behind it.</summary>
    public abstract void Wait();

    /// <summary>Waits for both events and gives the time between them as the device took it.</summary>
    public abstract TimeSpan Since(GpuEvent earlier);

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Gives the event back.</summary>
    protected abstract void Dispose(bool disposing);
}
