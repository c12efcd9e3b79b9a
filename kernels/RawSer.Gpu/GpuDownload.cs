namespace RawSer.Gpu;

/// <summary>A host buffer (pinned on a GPU) that receives copies while the host goes on: it asks whether one has arrived, or waits for it.</summary>
public sealed class GpuDownload : IDisposable
{
    private readonly GpuDevice _device;
    private readonly GpuHostBuffer _buffer;
    private readonly GpuEvent _copied;

    /// <summary>Takes the buffer.</summary>
    /// <param name="device">Where copies come from.</param>
    /// <param name="bytes">Its size.</param>
    public GpuDownload(GpuDevice device, long bytes)
    {
        ArgumentNullException.ThrowIfNull(device);
        _device = device;
        (_buffer, _copied) = (device.AllocateHost(bytes), device.CreateEvent());
    }

    /// <summary>Whether a copy was queued whose contents nobody has read.</summary>
    public bool IsUnderWay { get; private set; }

    /// <summary>Whether <see cref="Read"/> would not wait.</summary>
    public bool HasArrived => IsUnderWay && _copied.IsDone;

    /// <summary>Queues a copy.</summary>
    /// <exception cref="InvalidOperationException">The copy before has not been read.</exception>
    public void Start(ulong source, long bytes)
    {
        if (IsUnderWay)
        {
            throw new InvalidOperationException("a copy to the host is started before the one before was read");
        }

        _device.CopyToHost(_buffer, 0, source, bytes);
        _copied.Record();
        IsUnderWay = true;
    }

    /// <summary>The first elements of what was copied, until the next <see cref="Start"/>; waits for them.</summary>
    public ReadOnlySpan<T> Read<T>(int count) where T : unmanaged
    {
        if (IsUnderWay && !_copied.IsDone)
        {
            _copied.Wait();
        }

        IsUnderWay = false;
        return _buffer.Span<T>(0, count);
    }

    /// <summary>Gives the buffer back, once a copy under way has arrived.</summary>
    public void Dispose()
    {
        Read<byte>(0);
        _buffer.Dispose();
        _copied.Dispose();
    }
}
